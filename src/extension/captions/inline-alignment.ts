/**
 * Inline alignment: the motion of a caption file plays beside the text, each word carries its support, the cursor's
 * word is chosen in the player, the playing frame lights its words, and typing aligns again after a pause.
 */
import { stat } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { captionLines, parseCaptionDocument } from "../../core/captions/document.js";
import { DisposableStore } from "../disposable.js";
import { Debouncer, LatestOnly } from "../engine-client/latest.js";
import { messageOf } from "../errors.js";
import type { PanelFrame } from "../player/motion-panel.js";
import type { Services } from "../services.js";
import { onDidChangeSetting, setting } from "../settings.js";
import { CaptionHovers, CAPTION_SELECTOR } from "./caption-hover.js";
import { CaptionHints } from "./caption-hints.js";
import { CaptionSession } from "./caption-session.js";
import { CaptionStatus } from "./caption-status.js";
import { isNeutralWord } from "./word-support.js";
import { NO_MARKS, WordDecorations, type DrawnMarks } from "./word-decorations.js";

const MOTION_ENDINGS = [".npy", ".npz", ".bvh"];

export class InlineAlignment implements vscode.Disposable {
  readonly #services: Services;
  readonly #store = new DisposableStore();
  readonly #decorations = this.#store.add(new WordDecorations());
  readonly #hints = this.#store.add(new CaptionHints((document) => this.drawnMarks(document)));
  readonly #status = this.#store.add(new CaptionStatus());
  readonly #typing = this.#store.add(new Debouncer());
  readonly #opening = this.#store.add(new LatestOnly());
  readonly #sessions = new Map<string, CaptionSession>();
  readonly #drawn = new Map<string, DrawnMarks>();
  /** The session of the text editor used last; it stays while the player has the focus. */
  #current: CaptionSession | undefined;
  /** The user closed the player: it opens again when asked for, or with the next caption file. */
  #closedFor: string | undefined;
  #playing: readonly vscode.Range[] = [];

  constructor(services: Services) {
    this.#services = services;
    const { panels, datasets, indexer, engine } = services;
    this.#store.add(vscode.window.onDidChangeActiveTextEditor((editor) => this.#editorChanged(editor)));
    this.#store.add(vscode.window.onDidChangeVisibleTextEditors(() => this.#redrawAll()));
    this.#store.add(vscode.window.onDidChangeTextEditorSelection((event) => this.#cursorMoved(event)));
    this.#store.add(vscode.workspace.onDidChangeTextDocument((event) => this.#textChanged(event)));
    this.#store.add(vscode.workspace.onDidCloseTextDocument((document) => this.#closed(document)));
    this.#store.add(onDidChangeSetting(["inlineAlignment.enabled"], () => this.#toggled()));
    this.#store.add(
      onDidChangeSetting(
        ["inlineAlignment.tintWords", "inlineAlignment.markUnsupported", "inlineAlignment.showScore"],
        () => this.#redrawAll(),
      ),
    );
    this.#store.add(
      panels.onDidReceive(({ panel, message }) => {
        if (message.type === "frame" && panel === panels.player) this.#lightWords(message);
      }),
    );
    this.#store.add(
      panels.onDidClosePlayer(() => {
        const beside = this.#current?.document;
        this.#closedFor = beside !== undefined && editorsOf(beside).length > 0 ? beside.uri.toString() : undefined;
      }),
    );
    this.#store.add(
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => closed.forEach((tab) => this.#tabClosed(tab))),
    );
    this.#store.add(indexer.onDidIndex(({ folder }) => this.#alignAgain(folder)));
    this.#store.add(datasets.onDidChangeFiles((folder) => this.#alignAgain(folder)));
    let modelId = engine.state.kind === "ready" ? engine.state.info.model.id : undefined;
    this.#store.add(
      engine.onDidChangeState((state) => {
        if (state.kind !== "ready" || state.info.model.id === modelId) return;
        if (modelId !== undefined) this.#alignAgain();
        modelId = state.info.model.id;
      }),
    );
    const hovers = new CaptionHovers((document) => this.#sessions.get(document.uri.toString()));
    this.#store.add(vscode.languages.registerHoverProvider(CAPTION_SELECTOR, hovers));
    this.#editorChanged(vscode.window.activeTextEditor);
  }

  /** The session whose motion plays beside the text. */
  get current(): CaptionSession | undefined {
    return this.#current;
  }

  /** What is drawn into the editors of a document. */
  drawnMarks(document: vscode.Uri): DrawnMarks {
    return this.#drawn.get(document.toString()) ?? NO_MARKS;
  }

  /** Ranges of words that are lit by the playing frame now. */
  get playingWords(): readonly vscode.Range[] {
    return this.#playing;
  }

  /** Opens the player for the active caption file, also after it was closed or while inline alignment is off. */
  async showBeside(): Promise<void> {
    this.#closedFor = undefined;
    const editor = vscode.window.activeTextEditor;
    if (editor !== undefined) await this.#open(editor, true);
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.dispose();
    this.#store.dispose();
  }

  #editorChanged(editor: vscode.TextEditor | undefined): void {
    // The player, a list or the terminal has the focus: the text beside it stays linked.
    if (editor === undefined) return this.#setContext(false);
    void this.#open(editor, false).catch((error: unknown) => {
      this.#services.notifications.logged(error, "open caption file");
    });
  }

  async #open(editor: vscode.TextEditor, asked: boolean): Promise<void> {
    const { document } = editor;
    const mayHaveMotion = await isCaptionFile(document);
    if (vscode.window.activeTextEditor === editor) this.#setContext(mayHaveMotion);
    this.#status.hide();
    if (!mayHaveMotion || (!setting("inlineAlignment.enabled") && !asked)) return;
    const session = await this.#opening.run(() => this.#sessionFor(document));
    if (session === undefined) return;
    this.#current = session;
    const key = document.uri.toString();
    if (this.#closedFor !== undefined && this.#closedFor !== key) this.#closedFor = undefined;
    if (this.#closedFor === undefined) await this.#showMotion(session);
    await this.#align(session);
  }

  /** @returns the session of a caption file; undefined, with the reason drawn into it, where it has no motion. */
  async #sessionFor(document: vscode.TextDocument): Promise<CaptionSession | undefined> {
    const key = document.uri.toString();
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const captionFile = document.uri.fsPath;
    const folder = this.#services.datasets.folderOf(captionFile);
    try {
      const motion = await this.#services.engine.call("motionOfCaptionFile", { folder, captionFile });
      if (motion === null) {
        this.#explain(document, vscode.l10n.t("There is no motion for {0}.", path.basename(captionFile)));
        return undefined;
      }
      const session = this.#sessions.get(key) ?? new CaptionSession(this.#services, document, folder, motion);
      this.#sessions.set(key, session);
      return session;
    } catch (error) {
      this.#services.notifications.logged(error, `motion of ${captionFile}`);
      this.#explain(document, messageOf(error));
      return undefined;
    }
  }

  async #showMotion(session: CaptionSession): Promise<void> {
    const { panels } = this.#services;
    if (panels.player?.key === session.motion && panels.player.webviewPanel.visible) return;
    await panels.showInPlayer(session.motion);
  }

  async #align(session: CaptionSession): Promise<void> {
    this.#status.aligning(path.basename(session.motion));
    void this.#services.indexer.ensure(session.folder).catch((error: unknown) => {
      this.#services.notifications.logged(error, "index status");
    });
    await session.align(this.#cursorOf(session).line + 1, () => {
      this.#draw(session);
      if (session === this.#current) this.#followCursor(session);
    });
    if (session !== this.#current) return;
    if (session.problem !== undefined) this.#status.problem(session.problem);
    else if (session.wholeOnly) this.#status.ranked(path.basename(session.motion));
    else if (session.complete)
      this.#status.aligned(path.basename(session.motion), session.marks().words.unsupported.length);
  }

  #cursorMoved({ textEditor }: vscode.TextEditorSelectionChangeEvent): void {
    const session = this.#sessions.get(textEditor.document.uri.toString());
    if (session !== undefined && session === this.#current) this.#followCursor(session);
  }

  /** Sends the cursor's line and word to the player. */
  #followCursor(session: CaptionSession): void {
    const { player } = this.#services.panels;
    if (player?.key !== session.motion) return;
    const place = session.placeAt(this.#cursorOf(session)) ?? session.firstPlace();
    if (place?.aligned === undefined) return;
    const { answer, text } = place.aligned;
    const shown = player.content.alignment;
    if (shown?.answer !== answer || shown.line !== place.line.line) {
      player.setAlignment(session.motion, { text, answer, line: place.line.line });
    }
    // A file opens with the cursor at its start, where nobody put it; and words that name no movement have no moment.
    const chosen = this.#cursorOf(session).isEqual(new vscode.Position(0, 0)) ? undefined : place.word;
    const judged = chosen !== undefined && !isNeutralWord(chosen.word);
    player.selectToken(session.motion, judged ? chosen.tokens[0] : undefined);
  }

  #cursorOf(session: CaptionSession): vscode.Position {
    const editor = editorsOf(session.document)[0];
    return editor?.selection.active ?? new vscode.Position(0, 0);
  }

  #textChanged({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const session = this.#sessions.get(document.uri.toString());
    if (session === undefined || contentChanges.length === 0 || !setting("inlineAlignment.enabled")) return;
    this.#typing.schedule(setting("inlineAlignment.typingDelay"), () => void this.#align(session));
  }

  #lightWords({ key, frame }: PanelFrame): void {
    const session = this.#current;
    if (session === undefined || session.motion !== key) return;
    const line = this.#services.panels.player?.content.alignment?.line;
    const lit = setting("inlineAlignment.enabled") && setting("inlineAlignment.lightPlayingWords");
    const parsed = captionLines(parseCaptionDocument(session.document.getText()));
    const caption = parsed.find((candidate) => candidate.line === line);
    const ranges = lit && caption !== undefined ? session.playingWords(caption, frame) : [];
    if (sameRanges(ranges, this.#playing)) return;
    this.#playing = ranges;
    for (const editor of editorsOf(session.document)) this.#decorations.drawPlaying(editor, ranges);
  }

  #alignAgain(folder?: string): void {
    for (const session of this.#sessions.values()) {
      if (folder !== undefined && session.folder !== folder) continue;
      session.forget();
      if (editorsOf(session.document).length > 0) void this.#align(session);
    }
  }

  #toggled(): void {
    if (setting("inlineAlignment.enabled")) return this.#editorChanged(vscode.window.activeTextEditor);
    this.#typing.cancel();
    this.#status.hide();
    for (const editor of vscode.window.visibleTextEditors) this.#decorations.clear(editor);
    this.#drawn.clear();
    this.#hints.refresh();
    this.#playing = [];
  }

  #redrawAll(): void {
    for (const session of this.#sessions.values()) this.#draw(session);
  }

  #draw(session: CaptionSession): void {
    const marks = setting("inlineAlignment.enabled") ? session.marks() : NO_MARKS;
    this.#drawn.set(session.document.uri.toString(), marks);
    this.#hints.refresh();
    for (const editor of editorsOf(session.document)) this.#decorations.draw(editor, marks);
  }

  /** Says in the file itself why there is nothing to see. */
  #explain(document: vscode.TextDocument, text: string): void {
    this.#status.problem(text);
    const marks: DrawnMarks = { ...NO_MARKS, problem: text };
    this.#drawn.set(document.uri.toString(), marks);
    this.#hints.refresh();
    for (const editor of editorsOf(document)) this.#decorations.draw(editor, marks);
  }

  /** A caption file that is opened anew brings its player back, also if that was closed before. */
  #tabClosed({ input }: vscode.Tab): void {
    if (input instanceof vscode.TabInputText && input.uri.toString() === this.#closedFor) this.#closedFor = undefined;
  }

  #closed(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    const session = this.#sessions.get(key);
    this.#drawn.delete(key);
    if (session === undefined) return;
    this.#sessions.delete(key);
    session.dispose();
    if (this.#current === session) this.#current = undefined;
  }

  #setContext(active: boolean): void {
    void vscode.commands.executeCommand("setContext", "motionLens.captionFileActive", active);
  }
}

/** Caption files have their own language, or are text files beside a motion of the same name. */
async function isCaptionFile(document: vscode.TextDocument): Promise<boolean> {
  if (document.uri.scheme !== "file") return false;
  if (document.languageId === "motion-captions") return true;
  const file = document.uri.fsPath;
  if (path.extname(file).toLowerCase() !== ".txt") return false;
  const stem = file.slice(0, -".txt".length);
  const beside = await Promise.all(
    MOTION_ENDINGS.map((ending) =>
      stat(stem + ending).then(
        (found) => found.isFile(),
        () => false,
      ),
    ),
  );
  return beside.includes(true);
}

function editorsOf(document: vscode.TextDocument): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document === document);
}

function sameRanges(a: readonly vscode.Range[], b: readonly vscode.Range[]): boolean {
  return a.length === b.length && a.every((range, index) => range.isEqual(b[index]!));
}
