/** A small figure that faces the reader, its 13 limbs tinted by what the shown word finds in each. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { cssProperties } from "../directives.js";
import type { Model, Overlay } from "../model.js";
import { formatSeconds } from "../player/timeline.js";
import { partLabel, t } from "../strings.js";
import { partTintsOverall } from "./tint.js";

/** Limbs as thick lines `[x1, y1, x2, y2, width]` for the right side; the left one is its mirror image at x = 50. */
const SIDE_LIMBS: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  shoulder: [34, 39, 27, 62, 9],
  elbow: [26, 66, 22, 88, 8],
  hip: [43, 88, 40, 118, 12],
  knee: [39.5, 122, 38, 150, 10],
  ankle: [37, 156, 30, 159, 8],
};

function limb(part: string, level: number | undefined): TemplateResult {
  const side = part.startsWith("left_") ? "left" : part.startsWith("right_") ? "right" : "middle";
  const line = SIDE_LIMBS[part.replace(/^(left|right)_/, "")];
  const properties = cssProperties({ "--level": (level ?? 0).toFixed(3) });
  const classes = `limb ${side}${level === undefined ? " idle" : ""}`;
  const label = svg`<title>${partLabel(part)}</title>`;
  if (line) {
    const [x1, y1, x2, y2, width] = line;
    const at = (x: number) => (side === "left" ? 100 - x : x);
    return svg`<line class=${classes} data-part=${part} x1=${at(x1)} y1=${y1} x2=${at(x2)} y2=${y2} stroke-width=${width} ${properties}>${label}</line>`;
  }
  switch (part) {
    case "neck":
      return svg`<g class="${classes} solid" data-part=${part} ${properties}>${label}<ellipse cx="50" cy="14" rx="9.5" ry="11"/><rect x="47" y="25" width="6" height="6" rx="2"/></g>`;
    case "lumbar":
      return svg`<path class="${classes} solid" data-part=${part} ${properties} d="M38 34h24q3 0 2.500 4L61 70H39L35.500 38Q35 34 38 34z">${label}</path>`;
    case "pelvis":
      return svg`<path class="${classes} solid" data-part=${part} ${properties} d="M39 73h22l2 9q0 4-5 4H42q-5 0-5-4z">${label}</path>`;
    default:
      return svg``;
  }
}

/** Which word the figure tells about. */
export function shownWord(model: Model): number | undefined {
  return model.hoveredWord ?? model.selected;
}

function strongestView(model: Model, overlay: Overlay, word: number): TemplateResult {
  const signal = overlay.signals[word]!;
  const time = overlay.alignment.times[signal.peakTime];
  return html`<p class="strongest">
    <b>“${overlay.words[word]!.text}”</b>
    <span>${partLabel(overlay.alignment.parts[signal.peakPart]!)}</span>
    <span class="number"
      >${overlay.words[word]!.score.toFixed(2)}${
        time ? ` · ${formatSeconds(time[0] / model.playback.fps)} s` : nothing
      }</span
    >
  </p>`;
}

export function mannequinView(model: Model): TemplateResult | typeof nothing {
  const { overlay } = model;
  if (!overlay || !model.room.mannequin || overlay.words.length === 0) return nothing;
  const word = shownWord(model);
  const { parts } = overlay.alignment;
  let tints: Float32Array | undefined;
  if (word !== undefined) {
    tints = new Float32Array(parts.length);
    partTintsOverall(overlay.signals[word]!, tints);
  }
  const whole = tints?.[parts.indexOf("global")] ?? 0;
  const name = word === undefined ? t("heat.allWords") : overlay.words[word]!.text;
  return html`<aside class="mannequin" aria-label=${t("mannequin.label", name)}>
    <svg viewBox="0 0 100 172" role="img" aria-label=${t("mannequin.label", name)}>
      ${svg`<ellipse class="limb middle solid ground ${tints ? "" : "idle"}" data-part="global" cx="50" cy="163" rx="36" ry="7" ${cssProperties({ "--level": whole.toFixed(3) })}><title>${partLabel("global")}</title></ellipse>`}
      ${parts.map((part, index) => limb(part, tints?.[index]))}
    </svg>
    ${word === undefined ? html`<p class="hint">${t("mannequin.hint")}</p>` : strongestView(model, overlay, word)}
  </aside>`;
}
