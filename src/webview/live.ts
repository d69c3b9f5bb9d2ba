/**
 * What changes with every frame: playheads, readouts, words that light up as their moment passes, and the text
 * summary for screen readers. Writes to a few nodes directly; nothing is rendered anew.
 */
import { relativeStrength } from "./alignment/words.js";
import type { Model } from "./model.js";
import { formatSeconds, shareOf } from "./player/timeline.js";
import { partLabel, t } from "./strings.js";

/** Words below this level don't light up while playing: nothing here shows them. */
const KARAOKE_LEVEL = 0.2;
/** Least time between two spoken summaries while playing, milliseconds. */
const SUMMARY_PAUSE = 2500;

export class LiveView {
  private playheads: HTMLElement[] = [];
  private words: HTMLElement[] = [];
  private frameText: HTMLElement | null = null;
  private secondsText: HTMLElement | null = null;
  private scrubber: HTMLElement | null = null;
  private stage: HTMLElement | null = null;
  private summary: HTMLElement | null = null;
  private frame = -1;
  private time = -2;
  private summarised = 0;

  constructor(private readonly model: Model) {}

  /** Finds its nodes after a render and brings them up to date. */
  attach(root: ParentNode): void {
    this.playheads = [...root.querySelectorAll<HTMLElement>("[data-playhead]")];
    this.words = [...root.querySelectorAll<HTMLElement>(".word")];
    this.frameText = root.querySelector("#readout-frame");
    this.secondsText = root.querySelector("#readout-seconds");
    this.scrubber = root.querySelector("#scrubber");
    this.stage = root.querySelector("#stage");
    this.summary = root.querySelector("#summary");
    this.frame = -1;
    this.time = -2;
    this.update();
    this.summarise(!this.model.playback.playing);
  }

  update(): void {
    const { playback, motion } = this.model;
    const share = motion ? shareOf(playback.position, playback.frames) : 0;
    const place = `translateX(${(share * 100).toFixed(3)}%)`;
    for (const playhead of this.playheads) playhead.style.transform = place;
    const { frame } = playback;
    if (frame === this.frame) return;
    this.frame = frame;
    const seconds = formatSeconds(frame / playback.fps);
    if (this.frameText) this.frameText.textContent = motion ? t("readout.frame", frame, playback.frames) : "";
    if (this.secondsText) {
      this.secondsText.textContent = motion
        ? t("readout.seconds", seconds, formatSeconds(playback.frames / playback.fps))
        : "";
    }
    if (this.stage) this.stage.dataset.frame = String(frame);
    this.lightWords(frame);
    this.summarise(false);
  }

  /** Karaoke: the words whose moment this is. */
  private lightWords(frame: number): void {
    const { overlay, selected } = this.model;
    const time = overlay?.lookup[frame] ?? -1;
    if (time === this.time) return;
    this.time = time;
    if (!overlay) return;
    for (const word of this.words) {
      const index = Number(word.dataset.word);
      const signal = overlay.signals[index];
      const now =
        selected === undefined &&
        time >= 0 &&
        signal !== undefined &&
        overlay.levels[index]! >= KARAOKE_LEVEL &&
        relativeStrength(signal, signal.series[time]!) >= 0.5;
      word.classList.toggle("now", now);
    }
  }

  private summarise(always: boolean): void {
    const { playback, motion } = this.model;
    if (!this.summary || !this.scrubber || !motion) return;
    const now = performance.now();
    if (!always && playback.playing && now - this.summarised < SUMMARY_PAUSE) return;
    this.summarised = now;
    const { frame, fps, frames } = playback;
    const at = formatSeconds(frame / fps);
    this.scrubber.setAttribute("aria-valuenow", String(frame));
    this.scrubber.setAttribute("aria-valuetext", t("timeline.frameValue", frame, at));
    const text = [
      t("summary.frame", frame, frames, at, formatSeconds(frames / fps)),
      playback.playing ? t("summary.playing", playback.speed) : t("summary.paused"),
      this.wordSentence(frame),
    ].join(" ");
    if (this.summary.textContent !== text) this.summary.textContent = text;
  }

  private wordSentence(frame: number): string {
    const { overlay, selected, playback } = this.model;
    if (!overlay) return "";
    const { parts, times } = overlay.alignment;
    if (selected !== undefined) {
      const signal = overlay.signals[selected]!;
      const start = times[signal.peakTime]?.[0] ?? 0;
      return t(
        "summary.word",
        overlay.words[selected]!.text,
        partLabel(parts[signal.peakPart] ?? ""),
        formatSeconds(start / playback.fps),
      );
    }
    const time = overlay.lookup[frame] ?? -1;
    if (time < 0) return "";
    let best = -1;
    let tint = 0;
    for (let part = 0; part < parts.length; part++) {
      const value = overlay.strongest.tints[time * parts.length + part]!;
      if (value > tint) {
        tint = value;
        best = part;
      }
    }
    const word = best < 0 ? undefined : overlay.words[overlay.strongest.words[time * parts.length + best]!];
    return word ? t("summary.now", word.text, partLabel(parts[best]!)) : "";
  }
}
