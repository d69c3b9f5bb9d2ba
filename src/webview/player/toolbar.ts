/** Playback and view buttons: one tab stop, arrow keys inside. */
import { html, nothing, type TemplateResult } from "lit";
import { icon, type IconName } from "../icons.js";
import type { Actions, Model } from "../model.js";
import { t, type StringKey } from "../strings.js";
import { rovingFocus, rovingKey } from "../roving.js";
import { SPEEDS } from "./playback.js";

function button(
  name: IconName,
  label: StringKey,
  click: () => void,
  options: {
    readonly pressed?: boolean;
    readonly disabled?: boolean;
    readonly keys?: string;
    readonly id?: string;
  } = {},
): TemplateResult {
  return html`<vscode-button
    appearance="icon"
    class="tool"
    data-roving
    id=${options.id ?? nothing}
    aria-label=${t(label)}
    title=${t(label)}
    aria-pressed=${options.pressed === undefined ? nothing : options.pressed}
    aria-keyshortcuts=${options.keys ?? nothing}
    ?disabled=${options.disabled ?? false}
    @click=${click}
    >${icon(name)}</vscode-button
  >`;
}

export function toolbarView(model: Model, actions: Actions): TemplateResult {
  const { playback } = model;
  const still = !model.motion;
  const speeds = SPEEDS.includes(playback.speed) ? SPEEDS : [...SPEEDS, playback.speed].sort((a, b) => a - b);
  return html`<div
    class="toolbar"
    role="toolbar"
    aria-label=${t("toolbar.label")}
    data-roving-container
    @keydown=${rovingKey}
    @focusin=${rovingFocus}
  >
    <div class="tools">
      ${button(
        playback.playing ? "pause" : "play",
        playback.playing ? "toolbar.pause" : "toolbar.play",
        actions.toggle,
        {
          disabled: still,
          keys: "Space",
          id: "play",
        },
      )}
      ${button("previous", "toolbar.previousFrame", () => actions.step(-1), { disabled: still, keys: "ArrowLeft" })}
      ${button("next", "toolbar.nextFrame", () => actions.step(1), { disabled: still, keys: "ArrowRight" })}
      <vscode-dropdown
        class="speed"
        data-roving
        data-roving-own-keys
        aria-label=${t("toolbar.speed")}
        title=${t("toolbar.speed")}
        .value=${String(playback.speed)}
        @change=${(event: Event) => actions.setSpeed(Number((event.target as HTMLSelectElement).value))}
      >
        ${speeds.map(
          (speed) =>
            html`<vscode-option value=${speed} ?selected=${speed === playback.speed}
              >${t("toolbar.speedValue", speed)}</vscode-option
            >`,
        )}
      </vscode-dropdown>
      <span class="divider" role="presentation"></span>
      ${button("loop", "toolbar.loop", () => actions.flip("loop"), { pressed: playback.loop, keys: "L" })}
      ${button("follow", "toolbar.follow", () => actions.flip("follow"), { pressed: model.follow, keys: "F" })}
      ${button("front", "toolbar.front", () => actions.look("front"), { disabled: still, keys: "1" })}
      ${button("side", "toolbar.side", () => actions.look("side"), { disabled: still, keys: "2" })}
      ${button("mirror", "toolbar.mirror", () => actions.flip("mirror"), { pressed: model.mirror, keys: "M" })}
      ${button("ghosts", "toolbar.ghosts", () => actions.flip("ghosts"), { pressed: model.ghosts, keys: "G" })}
      ${
        model.room.heatMap
          ? button("heatMap", "toolbar.heatMap", () => actions.flip("heatMap"), {
              pressed: model.heatMap,
              disabled: !model.overlay,
              keys: "H",
            })
          : nothing
      }
    </div>
    <div class="readout">
      <span class="title" title=${model.motion?.title ?? ""}>${model.motion?.title ?? ""}</span>
      <span id="readout-frame" class="number"></span>
      <span id="readout-seconds" class="number"></span>
    </div>
  </div>`;
}
