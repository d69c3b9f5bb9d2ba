/** The heat map: a canvas for the eye, a table for the screen reader (and for everybody on request). */
import { html, nothing, type TemplateResult } from "lit";
import { cssProperties } from "../directives.js";
import { HEAT_ROW, type Actions, type Model, type Overlay } from "../model.js";
import { formatSeconds } from "../player/timeline.js";
import { partLabel, t } from "../strings.js";
import type { Theme } from "../theme.js";
import { cellAt, columnSpan, type HeatCell } from "./heat-layout.js";
import { cssColour, mix, patchTint } from "./tint.js";

/** Tint and score of a cell as the map shows it: of the chosen word, or of the strongest word. */
export function cellValue(
  overlay: Overlay,
  selected: number | undefined,
  cell: HeatCell,
): { readonly tint: number; readonly score: number; readonly word: number } {
  const at = cell.time * overlay.alignment.parts.length + cell.part;
  const word = selected ?? overlay.strongest.words[at] ?? -1;
  const signal = overlay.signals[word];
  const score = signal?.patches[at] ?? 0;
  return { tint: selected === undefined ? overlay.strongest.tints[at]! : patchTint(signal!, score), score, word };
}

/** The sentence about a cell. */
export function cellText(overlay: Overlay, selected: number | undefined, cell: HeatCell, fps: number): string {
  const { score, word } = cellValue(overlay, selected, cell);
  const time = overlay.alignment.times[cell.time]!;
  const values = [
    partLabel(overlay.alignment.parts[cell.part]!),
    formatSeconds(time[0] / fps),
    formatSeconds(time[1] / fps),
    score.toFixed(2),
  ];
  return word < 0 ? t("heat.cell", ...values) : t("heat.cellWord", ...values, overlay.words[word]!.text);
}

/** Draws all cells. */
function drawHeatMap(
  canvas: HTMLCanvasElement,
  overlay: Overlay,
  selected: number | undefined,
  frames: number,
  theme: Theme,
): void {
  const width = canvas.clientWidth;
  const { layout } = overlay;
  const ratio = Math.min(3, devicePixelRatio);
  const [pixelWidth, pixelHeight] = [Math.max(1, Math.round(width * ratio)), Math.round(layout.height * ratio)];
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, layout.height);
  const empty = mix(theme.background, theme.foreground, theme.highContrast ? 0.16 : 0.07);
  overlay.alignment.times.forEach((time, column) => {
    const span = columnSpan(time, frames, width);
    const gap = span.width > 6 ? 1 : 0;
    for (const row of layout.rows) {
      const { tint } = cellValue(overlay, selected, { part: row.part, time: column });
      context.fillStyle = cssColour(mix(empty, theme.support, tint));
      context.fillRect(span.x, row.top, Math.max(0.5, span.width - gap), HEAT_ROW - 1);
    }
  });
}

/** Keeps the map's canvas drawn: anew when canvas, alignment, word, size or theme change, never per frame. */
export class HeatDrawing {
  private drawn: readonly unknown[] = [];

  draw(canvas: HTMLCanvasElement | null, model: Model): void {
    const { overlay, selected, theme, playback } = model;
    if (!canvas || !overlay) {
      this.drawn = [];
      return;
    }
    const wanted = [canvas, canvas.clientWidth, devicePixelRatio, overlay, selected, theme];
    if (wanted.every((value, index) => value === this.drawn[index])) return;
    this.drawn = wanted;
    drawHeatMap(canvas, overlay, selected, playback.frames, theme);
  }
}

function labelsView(overlay: Overlay): TemplateResult {
  return html`<div class="heat-labels" aria-hidden="true" ${cssProperties({ height: `${overlay.layout.height}px` })}>
    ${overlay.layout.rows.map(
      (row) =>
        html`<span
          class="heat-label"
          title=${partLabel(row.name)}
          ${cssProperties({ top: `${row.top}px`, height: `${HEAT_ROW - 1}px` })}
          >${partLabel(row.name)}</span
        >`,
    )}
    ${overlay.layout.groups.map((group) => {
      const side = group.rows[0]?.side;
      return side === undefined
        ? nothing
        : html`<i
            class="side-bar ${side}"
            ${cssProperties({ top: `${group.top}px`, height: `${group.height - 1}px` })}
          ></i>`;
    })}
  </div>`;
}

function tableView(model: Model, overlay: Overlay): TemplateResult {
  const { fps } = model.playback;
  const { alignment, layout } = overlay;
  const title = t(
    "heat.label",
    model.selected === undefined ? t("heat.allWords") : overlay.words[model.selected]!.text,
  );
  const share = model.selected === undefined ? undefined : overlay.words[model.selected]!.beyondGrid;
  return html`<div class=${model.table ? "heat-table" : "heat-table visually-hidden"} tabindex=${model.table ? 0 : -1}>
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          <th scope="col">${t("heat.part")}</th>
          ${alignment.times.map(
            ([start, end]) =>
              html`<th scope="col">${t("heat.seconds", (start / fps).toFixed(1), (end / fps).toFixed(1))}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${
          share === undefined
            ? nothing
            : html`<tr>
                <th scope="row">${t("heat.whole")}</th>
                <td colspan=${alignment.times.length}>${Math.round(share * 100)} %</td>
              </tr>`
        }
        ${layout.rows.map(
          (row) =>
            html`<tr>
              <th scope="row">${partLabel(row.name)}</th>
              ${alignment.times.map(
                (_, time) =>
                  html`<td>${cellValue(overlay, model.selected, { part: row.part, time }).score.toFixed(2)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The band over the map for what no part carries. */
function wholeMotionView(model: Model, overlay: Overlay): TemplateResult | typeof nothing {
  const share = model.selected === undefined ? undefined : overlay.words[model.selected]!.beyondGrid;
  if (share === undefined) return nothing;
  return html`<div class="gutter heat-whole-label">${t("heat.whole")}</div>
    <div class="heat-whole" ${cssProperties({ "--level": share.toFixed(3) })}>${Math.round(share * 100)} %</div>`;
}

export function heatMapView(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const { overlay } = model;
  if (!overlay || !model.heatMap || !model.room.heatMap || overlay.words.length === 0) return nothing;
  const { frames } = model.playback;
  const cellOf = (event: MouseEvent): HeatCell | undefined => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const { layout, alignment } = overlay;
    return cellAt(layout, alignment.times, frames, event.clientX - box.left, event.clientY - box.top, box.width);
  };
  const title = t(
    "heat.label",
    model.selected === undefined ? t("heat.allWords") : t("heat.word", overlay.words[model.selected]!.text),
  );
  const { hoveredCell } = model;
  const row = hoveredCell && overlay.layout.rows.find(({ part }) => part === hoveredCell.part);
  const time = hoveredCell && overlay.alignment.times[hoveredCell.time];
  return html`<section class="heat" aria-label=${title}>
    <div class="heat-head">
      <h2>${title}</h2>
      <vscode-checkbox ?checked=${model.table} @change=${() => actions.flip("table")}
        >${t("heat.asTable")}</vscode-checkbox
      >
    </div>
    <div class="heat-grid" ?hidden=${model.table}>
      ${wholeMotionView(model, overlay)} ${labelsView(overlay)}
      <div
        class="heat-plot"
        @pointermove=${(event: PointerEvent) =>
          actions.hoverCell(cellOf(event), new DOMRectReadOnly(event.clientX - 4, event.clientY - 8, 8, 16))}
        @pointerleave=${() => actions.hoverCell(undefined)}
        @click=${(event: MouseEvent) => {
          const cell = cellOf(event);
          if (cell) actions.pickCell(cell);
        }}
        ${cssProperties({ height: `${overlay.layout.height}px` })}
      >
        <canvas id="heat-canvas" aria-hidden="true"></canvas>
        <div class="playhead" data-playhead><i></i></div>
        ${
          row && time
            ? html`<div
                class="heat-hover"
                ${cssProperties({
                  left: `${(time[0] / frames) * 100}%`,
                  width: `${((Math.min(frames, time[1]) - time[0]) / frames) * 100}%`,
                  top: `${row.top}px`,
                  height: `${HEAT_ROW - 1}px`,
                })}
              ></div>`
            : nothing
        }
      </div>
    </div>
    ${tableView(model, overlay)}
  </section>`;
}
