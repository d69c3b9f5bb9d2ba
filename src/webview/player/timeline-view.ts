/** Scrubber with loop brackets, and above it the support of the shown word over time. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { relativeStrength } from "../alignment/words.js";
import { cssProperties } from "../directives.js";
import { icon } from "../icons.js";
import { isWholeOnly, type Actions, type Model } from "../model.js";
import { t } from "../strings.js";
import { areaPath, dragBracket, formatSeconds, frameAt, ticks } from "./timeline.js";

const STRIP_HEIGHT = 26;

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

/** Follows the pointer over the track until it is let go. */
function drag(event: PointerEvent, track: HTMLElement, frames: number, moved: (frame: number) => void): void {
  if (event.button !== 0) return;
  event.preventDefault();
  const element = event.currentTarget as HTMLElement;
  element.focus({ preventScroll: true });
  element.setPointerCapture(event.pointerId);
  const at = (pointer: PointerEvent) => {
    const box = track.getBoundingClientRect();
    moved(frameAt(pointer.clientX - box.left, box.width, frames));
  };
  at(event);
  const stop = new AbortController();
  element.addEventListener("pointermove", at, { signal: stop.signal });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    element.addEventListener(end, () => stop.abort(), { signal: stop.signal });
  }
}

function bracket(model: Model, actions: Actions, edge: "start" | "end"): TemplateResult {
  const { playback } = model;
  const range = playback.range!;
  const frame = edge === "start" ? range[0] : range[1] - 1;
  const move = (to: number) => actions.setRange(dragBracket(range, edge, to, playback.frames));
  return html`<div
    class="bracket ${edge}"
    role="slider"
    tabindex="0"
    aria-label=${t(edge === "start" ? "timeline.rangeStart" : "timeline.rangeEnd")}
    title=${t(edge === "start" ? "timeline.rangeStart" : "timeline.rangeEnd")}
    aria-valuemin="0"
    aria-valuemax=${playback.frames - 1}
    aria-valuenow=${frame}
    aria-valuetext=${t("timeline.frameValue", frame, formatSeconds(frame / playback.fps))}
    ${cssProperties({ left: percent((edge === "start" ? range[0] : range[1]) / playback.frames) })}
    @pointerdown=${(event: PointerEvent) => {
      event.stopPropagation();
      const track = (event.currentTarget as HTMLElement).parentElement!;
      drag(event, track, playback.frames, (to) => {
        const now = playback.range;
        if (now) actions.setRange(dragBracket(now, edge, to, playback.frames));
      });
    }}
    @keydown=${(event: KeyboardEvent) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (by === undefined || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      move(frame + by * (event.shiftKey ? 10 : 1));
    }}
  ></div>`;
}

/** The strip over the scrubber: stepped area of the chosen or hovered word. */
function stripView(model: Model): TemplateResult | typeof nothing {
  const { overlay, playback } = model;
  if (!overlay || isWholeOnly(overlay)) return nothing;
  const word = model.hoveredWord ?? model.selected;
  const signal = word === undefined ? undefined : overlay.signals[word];
  const heights = signal
    ? Array.from(signal.series, (value) => relativeStrength(signal, value))
    : overlay.alignment.times.map((_, time) => {
        let most = 0;
        for (let part = 0; part < overlay.alignment.parts.length; part++) {
          most = Math.max(most, overlay.strongest.tints[time * overlay.alignment.parts.length + part] ?? 0);
        }
        return most;
      });
  const text = word === undefined ? "" : overlay.words[word]!.text;
  const label = word === undefined ? t("timeline.support") : t("timeline.supportOf", text);
  const description = word === undefined ? t("timeline.supportOver") : t("timeline.supportOfOver", text);
  const path = areaPath(heights, overlay.alignment.times, playback.frames, STRIP_HEIGHT);
  return html`<div class="gutter" title=${description}>${label}</div>
    <svg
      class="strip ${word === undefined ? "all" : "one"}"
      viewBox="0 0 1000 ${STRIP_HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label=${description}
    >
      ${svg`<path d=${path} vector-effect="non-scaling-stroke"></path>`}
    </svg>`;
}

/** @param width pixels of the track, for the spacing of the ticks. */
export function timelineView(model: Model, actions: Actions, width: number): TemplateResult {
  const { playback } = model;
  if (!model.motion) return html``;
  const { range, frames, fps } = playback;
  return html`<section class="tracks" aria-label=${t("timeline.label")}>
    ${stripView(model)}
    <div class="gutter time">
      <span>${t("timeline.label")}</span>
      ${
        range
          ? html`<vscode-button
              appearance="icon"
              class="tool small"
              aria-label=${t("timeline.clearRange")}
              title=${t("timeline.clearRange")}
              @click=${() => actions.setRange(undefined)}
              >${icon("close")}</vscode-button
            >`
          : nothing
      }
    </div>
    <div
      id="scrubber"
      class="scrubber"
      role="slider"
      tabindex="0"
      aria-label=${t("timeline.position")}
      aria-valuemin="0"
      aria-valuemax=${frames - 1}
      @pointerdown=${(event: PointerEvent) =>
        drag(event, event.currentTarget as HTMLElement, frames, (frame) => actions.seek(frame))}
    >
      <div class="rail"></div>
      ${
        range
          ? html`<div
              class="range"
              ${cssProperties({ left: percent(range[0] / frames), width: percent((range[1] - range[0]) / frames) })}
            ></div>`
          : nothing
      }
      ${ticks(frames, fps, width).map(
        (tick) =>
          html`<span class="tick ${tick.share > 0.97 ? "last" : ""}" ${cssProperties({ left: percent(tick.share) })}
            >${tick.seconds} s</span
          >`,
      )}
      <div class="playhead" data-playhead><i></i></div>
      ${range ? [bracket(model, actions, "start"), bracket(model, actions, "end")] : nothing}
    </div>
  </section>`;
}
