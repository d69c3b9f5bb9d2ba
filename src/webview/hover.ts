/** What the pointer rests on: it is explained in the tooltip and lit on the body. */
import { cellText } from "./alignment/heat-map.js";
import type { HeatCell } from "./alignment/heat-layout.js";
import { wordFacts } from "./alignment/word-line.js";
import type { Lighting } from "./lighting.js";
import type { Model } from "./model.js";
import type { Stage } from "./player/stage.js";
import type { Tip } from "./tip.js";

export class Hover {
  constructor(
    private readonly model: Model,
    private readonly stage: Stage,
    private readonly lighting: Lighting,
    private readonly tip: Tip,
  ) {}

  word(word: number | undefined, element: Element | undefined): void {
    this.model.hoveredWord = word;
    this.explain(word, element);
    this.lighting.update();
  }

  /** Shows what the numbers of a word mean. */
  explain(word: number | undefined, element: Element | undefined): void {
    const { overlay, playback } = this.model;
    const shown = word === undefined ? undefined : overlay?.words[word];
    if (!shown || !overlay || !element) return this.tip.hide();
    this.tip.show([shown.text, ...wordFacts(overlay, word!, playback.fps)], element.getBoundingClientRect());
  }

  /** @returns whether it is another cell than before. */
  cell(cell: HeatCell | undefined, at: DOMRectReadOnly | undefined): boolean {
    const { model } = this;
    const { overlay, playback } = model;
    const old = model.hoveredCell;
    if (cell && overlay && at) this.tip.show([cellText(overlay, model.selected, cell, playback.fps)], at);
    else this.tip.hide();
    if (old?.part === cell?.part && old?.time === cell?.time) return false;
    model.hoveredCell = cell;
    const time = cell && overlay?.alignment.times[cell.time];
    // A paused player shows the pose of that moment for as long as the pointer stays.
    if (!playback.playing) this.stage.setPosition(time ? (time[0] + time[1] - 1) / 2 : playback.position);
    this.lighting.update();
    return true;
  }
}
