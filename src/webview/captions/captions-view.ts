/** Own captions with their rank, and captions of the dataset that fit, with what one can do with them. */
import { html, nothing, type TemplateResult } from "lit";
import type { DescribeResult } from "../../protocol/engine.js";
import { cssProperties } from "../directives.js";
import { icon, type IconName } from "../icons.js";
import type { Actions, Model } from "../model.js";
import { rovingFocus, rovingKey } from "../roving.js";
import { t } from "../strings.js";

function action(name: IconName, label: string, click: () => void): TemplateResult {
  return html`<vscode-button
    appearance="icon"
    class="tool"
    data-roving
    aria-label=${label}
    title=${label}
    @click=${click}
    >${icon(name)}</vscode-button
  >`;
}

/** Share of the bar that a score fills, from the worst shown (a quarter) to the best (all). */
export function barShare(score: number, lowest: number, highest: number): number {
  return highest - lowest < 1e-9 ? 1 : 0.25 + (0.75 * (score - lowest)) / (highest - lowest);
}

function row(caption: DescribeResult, bar: number, actions: Actions): TemplateResult {
  return html`<li class=${caption.own ? "caption own" : "caption"}>
    <span class="rank number" title=${t("captions.rank", caption.rank)} aria-label=${t("captions.rank", caption.rank)}
      >${caption.rank}</span
    >
    <span
      class="bar"
      title=${t("captions.score", caption.score.toFixed(3))}
      aria-label=${t("captions.score", caption.score.toFixed(3))}
      ><i ${cssProperties({ transform: `scaleX(${bar.toFixed(3)})` })}></i
    ></span>
    <span class="caption-text"
      >${caption.text}${caption.own ? html` <span class="own-mark">${t("captions.ownMark")}</span>` : nothing}</span
    >
    <span class="caption-actions">
      ${action("insert", t("captions.insert"), () => actions.insert(caption.text))}
      ${action("copy", t("captions.copy"), () => actions.copy(caption.text))}
      ${action("open", t("captions.open", caption.path, caption.line), () => actions.open(caption.path, caption.line))}
    </span>
  </li>`;
}

function list(
  title: string,
  captions: readonly DescribeResult[],
  range: readonly [number, number],
  actions: Actions,
): TemplateResult {
  return html`<ol
    class="caption-list"
    role="list"
    aria-label=${title}
    data-roving-container
    data-roving-columns="3"
    @keydown=${rovingKey}
    @focusin=${rovingFocus}
  >
    ${captions.map((caption) => row(caption, barShare(caption.score, ...range), actions))}
  </ol>`;
}

export function captionsView(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const { captions } = model;
  if (!model.motion || !captions) return nothing;
  const { own, retrieved, note } = captions;
  const scores = [...own, ...retrieved].map(({ score }) => score);
  const range = [Math.min(...scores), Math.max(...scores)] as const;
  const open = model.room.retrieved || model.showRetrieved === true;
  return html`<section class="captions">
    ${
      own.length > 0
        ? html`<h2>${t("captions.own")}</h2>
            ${list(t("captions.own"), own, range, actions)}`
        : nothing
    }
    ${
      retrieved.length > 0
        ? html`<h2>
              ${
                model.room.retrieved
                  ? t("captions.retrieved")
                  : html`<button
                      type="button"
                      class="disclose"
                      aria-expanded=${open}
                      @click=${() => actions.flip("showRetrieved")}
                    >
                      <span class="chevron ${open ? "open" : ""}">${icon("chevron")}</span>${t("captions.retrieved")}
                      (${retrieved.length})
                    </button>`
              }
            </h2>
            ${open ? list(t("captions.retrieved"), retrieved, range, actions) : nothing}`
        : nothing
    }
    ${note ? html`<p class="note" role="status">${note}</p>` : nothing}
    ${
      own.length + retrieved.length === 0
        ? html`<p class="none">
            ${note ? nothing : html`<span>${t("captions.none")}</span>`}
            <vscode-button appearance="secondary" @click=${actions.findDescriptions}
              >${t("captions.find")}</vscode-button
            >
          </p>`
        : nothing
    }
  </section>`;
}
