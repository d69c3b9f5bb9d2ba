/** Which joints are lit: those of the hovered cell, else of the hovered word, else of the chosen word right now. */
import { cellValue } from "./alignment/heat-map.js";
import { partTintsAt, partTintsOverall, patchTint } from "./alignment/tint.js";
import type { Model } from "./model.js";
import type { Stage } from "./player/stage.js";

/** Least tint of a hovered cell, so that it can be found on the body even where the word finds little. */
const CELL_TINT = 0.3;

export class Lighting {
  private tints = new Float32Array(0);
  /** What is shown, so that nothing is done while it stays: kind, word or cell, time step. */
  private kind = "";
  private first = -1;
  private second = -1;
  private pathWord = -2;

  constructor(
    private readonly model: Model,
    private readonly stage: Stage,
  ) {}

  /** Forgets what is shown; called when the alignment or the motion changes. */
  reset(): void {
    this.tints = new Float32Array(this.model.overlay?.alignment.parts.length ?? 0);
    this.kind = "?";
    this.pathWord = -2;
  }

  /** Called for every frame; allocates nothing while the shown moment stays the same. */
  update(): void {
    const { overlay, hoveredCell, hoveredWord, selected, playback } = this.model;
    const hovered = hoveredWord === selected ? undefined : hoveredWord;
    if (!overlay) this.show("", -1, -1);
    else if (hoveredCell) this.show("cell", hoveredCell.part, hoveredCell.time);
    else if (hovered !== undefined) this.show("hover", hovered, -1);
    else if (selected !== undefined) this.show("word", selected, overlay.lookup[playback.frame] ?? -1);
    else this.show("", -1, -1);
  }

  private show(kind: "" | "cell" | "hover" | "word", first: number, second: number): void {
    if (kind === this.kind && first === this.first && second === this.second) return;
    this.kind = kind;
    this.first = first;
    this.second = second;
    const { overlay, selected } = this.model;
    if (!overlay || kind === "") {
      this.stage.setTints(undefined);
      this.lightPath(-1);
      return;
    }
    const { tints } = this;
    tints.fill(0);
    if (kind === "cell") {
      tints[first] = Math.max(CELL_TINT, cellValue(overlay, selected, { part: first, time: second }).tint);
    } else if (kind === "hover") {
      partTintsOverall(overlay.signals[first]!, tints);
    } else if (second >= 0) {
      partTintsAt(overlay.signals[first]!, second, tints);
    }
    this.stage.setTints(tints);
    this.lightPath(kind === "cell" ? -1 : first);
  }

  /** Tints the root's path by what the word finds in the whole body at each time. */
  private lightPath(word: number): void {
    if (word === this.pathWord) return;
    this.pathWord = word;
    const { overlay } = this.model;
    const signal = overlay?.signals[word];
    const global = overlay?.alignment.parts.indexOf("global") ?? -1;
    this.stage.setPathStrengths(
      overlay && signal && global >= 0
        ? Float32Array.from(overlay.lookup, (step) =>
            step < 0 ? 0 : patchTint(signal, signal.patches[step * signal.parts + global]!),
          )
        : undefined,
    );
  }
}
