/** Choosing a word: it seeks to its strongest moment and repeats it; freeing it gives back what was repeated before. */
import { momentsOf, strongestMoment } from "./alignment/words.js";
import type { Model, Overlay } from "./model.js";
import type { Range } from "../protocol/engine.js";

/** Seconds that `next` moves where there is no alignment. */
const PLAIN_STEP = 0.8;

export class Chooser {
  private before: { readonly range: Range | undefined; readonly loop: boolean } | undefined;

  constructor(private readonly model: Model) {}

  /** Chooses a word and goes to its strongest moment. */
  choose(word: number): void {
    const { overlay, playback } = this.model;
    const signal = overlay?.signals[word];
    if (!overlay || !signal) return;
    this.before ??= { range: playback.range, loop: playback.loop };
    this.model.selected = word;
    const moment = strongestMoment(signal, overlay.alignment.times);
    if (!moment) return;
    playback.setRange(moment.range);
    playback.loop = true;
    playback.seek(moment.frame);
  }

  /** Chooses a word without moving: after a reload its moment is repeated already. */
  restore(word: number): void {
    this.model.selected = word;
    this.before = { range: undefined, loop: this.model.playback.loop };
  }

  free(): void {
    this.model.selected = undefined;
    if (!this.before) return;
    this.model.playback.setRange(this.before.range);
    this.model.playback.loop = this.before.loop;
    this.before = undefined;
  }

  /** Frees the word and forgets what was repeated: another motion is shown. */
  reset(): void {
    this.before = undefined;
    this.model.selected = undefined;
  }

  /** While a caption is edited the chosen word stays chosen as long as it stands where it stood. */
  keep(old: Overlay): void {
    const { overlay, selected } = this.model;
    const chosen = selected === undefined ? undefined : old.words[selected];
    if (!chosen) return;
    const again = overlay?.words.findIndex((word) => word.text === chosen.text && word.chars[0] === chosen.chars[0]);
    if (again === undefined || again < 0) this.free();
    else this.model.selected = again;
  }

  /**
   * Goes to the next or previous moment of the chosen word and repeats it; without a chosen word, to the next or
   * previous time step.
   */
  next(by: 1 | -1): void {
    const { overlay, selected, playback } = this.model;
    if (!overlay) return playback.seek(playback.frame + by * Math.max(1, Math.round(playback.fps * PLAIN_STEP)));
    const { times } = overlay.alignment;
    const signal = selected === undefined ? undefined : overlay.signals[selected];
    const moments = signal
      ? momentsOf(signal).map(([start, end]): Range => [times[start]![0], times[end - 1]![1]])
      : times;
    const at = playback.frame;
    const found = by > 0 ? moments.findIndex(([start]) => start > at) : moments.findLastIndex(([, end]) => end <= at);
    const target = moments[found >= 0 ? found : by > 0 ? 0 : moments.length - 1];
    if (!target) return;
    if (signal) playback.setRange(target);
    playback.seek(target[0]);
  }
}
