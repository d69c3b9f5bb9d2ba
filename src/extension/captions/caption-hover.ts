/** The hover of a caption word: where and when the motion shows it, how strongly, and a link that plays it. */
import * as vscode from "vscode";
import type { CommandId } from "../commands/command-map.js";
import { partLabel } from "../parts.js";
import type { CaptionSession } from "./caption-session.js";
import { stripDataUri } from "./strip-svg.js";
import { isNeutralWord, type WordSupport } from "./word-support.js";

export const CAPTION_SELECTOR: vscode.DocumentSelector = [
  { language: "motion-captions" },
  { language: "plaintext", pattern: "**/*.txt" },
];

const PLAY_FRAMES: CommandId = "motionLens.playFrames";

export class CaptionHovers implements vscode.HoverProvider {
  readonly #sessionOf: (document: vscode.TextDocument) => CaptionSession | undefined;

  constructor(sessionOf: (document: vscode.TextDocument) => CaptionSession | undefined) {
    this.#sessionOf = sessionOf;
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const session = this.#sessionOf(document);
    const place = session?.placeAt(position);
    if (session === undefined || place?.word === undefined) return undefined;
    const start = place.line.textStart + place.word.start;
    const end = place.line.textStart + place.word.end;
    const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    return new vscode.Hover(wordHover(place.word, session), range);
  }
}

function wordHover(word: WordSupport, { motion, fps, frames }: CaptionSession): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(undefined, true);
  markdown.isTrusted = { enabledCommands: [PLAY_FRAMES] };
  if (isNeutralWord(word.word)) {
    markdown.appendText(vscode.l10n.t("“{0}” names no movement, so it is not judged.", word.word));
    return markdown;
  }
  const from = (word.frames[0] / fps).toFixed(1);
  const to = (word.frames[1] / fps).toFixed(1);
  markdown.appendMarkdown("**");
  markdown.appendText(word.word);
  markdown.appendMarkdown("** → ");
  markdown.appendText(vscode.l10n.t("{0}, {1} to {2} s", partLabel(word.part), from, to));
  markdown.appendMarkdown(`\n\n![](${stripDataUri(word, frames)})\n\n`);
  markdown.appendText(explanation(word));
  const parameters = encodeURIComponent(JSON.stringify([motion, word.frames]));
  markdown.appendMarkdown(`\n\n[$(play) ${vscode.l10n.t("Play these frames")}](command:${PLAY_FRAMES}?${parameters})`);
  return markdown;
}

/** What the number means, in a sentence. */
function explanation(word: WordSupport): string {
  if (word.support === undefined) {
    return vscode.l10n.t("Score {0}. Index the folder to compare with other motions.", word.score.toFixed(2));
  }
  const percent = Math.round(word.support * 100);
  if (word.level === "unsupported") {
    return vscode.l10n.t("Weaker than for {0} % of motions: this motion hardly shows it.", 100 - percent);
  }
  return vscode.l10n.t("Stronger than for {0} % of motions.", percent);
}
