/** The whole panel as one template. */
import { html, nothing, type TemplateResult } from "lit";
import { heatMapView } from "./alignment/heat-map.js";
import { mannequinView } from "./alignment/mannequin.js";
import { wordLineView } from "./alignment/word-line.js";
import { captionsView } from "./captions/captions-view.js";
import { icon } from "./icons.js";
import type { Actions, Model } from "./model.js";
import { stageView } from "./player/stage-view.js";
import { timelineView } from "./player/timeline-view.js";
import { toolbarView } from "./player/toolbar.js";
import { t } from "./strings.js";

function errorView(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const text = model.fault === undefined ? model.error : t("error.panel", model.fault);
  if (text === undefined) return nothing;
  return html`<div class="error" role="alert">
    <span>${text}</span>
    <vscode-button appearance="secondary" @click=${actions.showLog}>${t("error.log")}</vscode-button>
    <vscode-button
      appearance="icon"
      class="tool"
      aria-label=${t("error.dismiss")}
      title=${t("error.dismiss")}
      @click=${actions.dismissError}
      >${icon("close")}</vscode-button
    >
  </div>`;
}

/** @param trackWidth pixels of the time axis. */
export function panelView(model: Model, actions: Actions, trackWidth: number): TemplateResult {
  return html`
    ${errorView(model, actions)} ${toolbarView(model, actions)}
    <div class="upper">${stageView(model, actions)} ${mannequinView(model)}</div>
    ${timelineView(model, actions, trackWidth)} ${wordLineView(model, actions)} ${heatMapView(model, actions)}
    ${captionsView(model, actions)}
    <p id="summary" class="visually-hidden" aria-live="polite"></p>
    <div id="tip" class="tip" role="tooltip" hidden></div>
  `;
}
