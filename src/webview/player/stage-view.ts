/** What lies over the 3D picture: legend of the sides, notes on the file, messages when nothing can be drawn. */
import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../icons.js";
import type { Actions, Model } from "../model.js";
import { t } from "../strings.js";

function notesView(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const warnings = model.motion?.loaded.info.warnings ?? [];
  if (warnings.length === 0) return nothing;
  return html`<div class="notes">
    <vscode-button
      appearance="icon"
      class="tool with-text"
      aria-expanded=${model.notes}
      aria-controls="notes-list"
      @click=${() => actions.flip("notes")}
      >${icon("info")}<span>${warnings.length === 1 ? t("stage.note") : t("stage.notes", warnings.length)}</span>
    </vscode-button>
    <ul id="notes-list" ?hidden=${!model.notes}>
      ${warnings.map((warning) => html`<li>${warning}</li>`)}
    </ul>
  </div>`;
}

function messageView(model: Model): TemplateResult | typeof nothing {
  const text =
    model.stage === "noWebgl"
      ? t("stage.noWebgl")
      : model.stage === "lost"
        ? t("stage.contextLost")
        : model.motion || model.busy
          ? undefined
          : t("stage.empty");
  return text === undefined ? nothing : html`<p class="stage-message" role="status">${text}</p>`;
}

/** The canvas itself is put into `#canvas` by the stage. */
export function stageView(model: Model, actions: Actions): TemplateResult {
  return html`<section
    id="stage"
    class="stage"
    tabindex="0"
    role="group"
    aria-label=${t("stage.label")}
    data-status=${model.stage}
  >
    <div id="canvas" class="canvas"></div>
    <div class="stage-top">
      ${notesView(model, actions)}
      ${model.mirror ? html`<p class="badge">${icon("mirror")} ${t("stage.mirrored")}</p>` : nothing}
    </div>
    ${
      model.motion
        ? html`<div class="legend" role="note" aria-label=${t("stage.legend")}>
            <span><i class="swatch left" aria-hidden="true"></i>${t("stage.left")}</span>
            <span><i class="swatch right" aria-hidden="true"></i>${t("stage.right")}</span>
          </div>`
        : nothing
    }
    ${messageView(model)}
    ${
      model.busy === undefined
        ? nothing
        : html`<p class="busy" role="status">
            <vscode-progress-ring></vscode-progress-ring><span>${model.busy}</span>
          </p>`
    }
  </section>`;
}
