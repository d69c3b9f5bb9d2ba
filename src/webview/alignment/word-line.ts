/** The caption as a line of words: tint is support, dots under a word mean that nothing supports it. */
import { html, nothing, type TemplateResult } from "lit";
import { cssProperties } from "../directives.js";
import { isWholeOnly, type Actions, type Model, type Overlay } from "../model.js";
import { rovingFocus } from "../roving.js";
import { partLabel, t } from "../strings.js";
import { formatSeconds } from "../player/timeline.js";

/** What the numbers of a word mean, in sentences. */
export function wordFacts(overlay: Overlay, index: number, fps: number): string[] {
  const word = overlay.words[index];
  const signal = overlay.signals[index];
  if (!word || !signal) return [];
  const facts: string[] = [];
  if (word.neutral) facts.push(t("words.neutral"));
  else if (word.support === undefined) facts.push(t("words.noPercentile"));
  else {
    facts.push(t("words.percentile", Math.round(word.support * 100)));
    if (overlay.unsupported[index]) facts.push(t("words.weak"));
  }
  const time = overlay.alignment.times[signal.peakTime];
  const part = overlay.alignment.parts[signal.peakPart];
  if (time && part) {
    facts.push(
      t(
        "words.strongest",
        partLabel(part),
        formatSeconds(time[0] / fps),
        formatSeconds(time[1] / fps),
        word.score.toFixed(2),
      ),
    );
  }
  if (word.beyondGrid !== undefined && word.beyondGrid >= 0.005) {
    facts.push(t("words.beyond", Math.round(word.beyondGrid * 100)));
  }
  return facts;
}

/** Marked are words that hardly any part carries; a model may give every word a share of the whole motion. */
const BEYOND_FROM = 0.9;

function wordView(model: Model, overlay: Overlay, actions: Actions, index: number): TemplateResult {
  const word = overlay.words[index]!;
  const chosen = model.selected === index;
  const facts = wordFacts(overlay, index, model.playback.fps);
  const beyond = (word.beyondGrid ?? 0) >= BEYOND_FROM;
  const classes = [
    "word",
    overlay.unsupported[index] ? "unsupported" : "",
    word.side ?? "",
    chosen ? "chosen" : "",
    beyond ? "beyond" : "",
  ].join(" ");
  return html`<button
    type="button"
    class=${classes}
    data-roving=${chosen ? "stop" : ""}
    data-word=${index}
    aria-pressed=${chosen}
    aria-description=${facts.join(" ")}
    ${cssProperties({ "--level": overlay.levels[index]!.toFixed(3) })}
    @click=${() => actions.choose(chosen ? undefined : index)}
    @pointerenter=${(event: Event) => actions.hoverWord(index, event.currentTarget as Element)}
    @pointerleave=${() => actions.hoverWord(undefined)}
    @focus=${(event: Event) => actions.explainWord(index, event.currentTarget as Element)}
    @blur=${() => actions.explainWord(undefined)}
  >
    ${word.text}
  </button>`;
}

export function wordLineView(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const { overlay } = model;
  if (!overlay) return nothing;
  return html`<section class="words-row">
    <div
      id="words"
      class="words"
      role="group"
      aria-label=${t("words.label")}
      data-roving-container
      @focusin=${rovingFocus}
    >
      ${
        overlay.words.length === 0
          ? html`<span class="rest">${isWholeOnly(overlay) ? overlay.text : t("words.none")}</span>`
          : overlay.segments.map((segment) =>
              segment.word === undefined
                ? html`<span class="rest">${segment.text}</span>`
                : wordView(model, overlay, actions, segment.word),
            )
      }
    </div>
    ${isWholeOnly(overlay) ? html`<p class="whole-only rest">${t("words.wholeOnly")}</p>` : nothing}
    <div class="words-side">
      <span class="scale" ?hidden=${isWholeOnly(overlay)} aria-hidden="true"
        >${t("words.legendLow")}<i class="ramp"></i>${t("words.legendHigh")}</span
      >
      <span class="score number" title=${t("words.scoreTitle")}
        >${t("words.score", overlay.alignment.score.toFixed(2))}</span
      >
    </div>
  </section>`;
}
