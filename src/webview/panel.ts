/** The panel: takes messages, holds the model, drives player and view. */
import { render } from "lit";
import type { PanelState, ToPanel } from "../protocol/webview.js";
import { HeatDrawing } from "./alignment/heat-map.js";
import { cssColour } from "./alignment/tint.js";
import { wordOfToken } from "./alignment/words.js";
import { Chooser } from "./chooser.js";
import type { Host } from "./host.js";
import { Hover } from "./hover.js";
import { Keeper } from "./keeper.js";
import { commandOf, placeOf } from "./keyboard.js";
import { Lighting } from "./lighting.js";
import { LiveView } from "./live.js";
import { readMessage, readState } from "./messages.js";
import { isWholeOnly, makeOverlay, roomFor, type Actions, type Model } from "./model.js";
import { perform } from "./perform.js";
import { Playback } from "./player/playback.js";
import { Stage } from "./player/stage.js";
import { refreshRoving } from "./roving.js";
import { setStrings, t } from "./strings.js";
import { onThemeChange, prefersReducedMotion, readTheme } from "./theme.js";
import { Tip } from "./tip.js";
import { panelView } from "./view.js";

const FRAME_MESSAGE_PAUSE = 100;

type Message<Type extends ToPanel["type"]> = Extract<ToPanel, { type: Type }>;

export class Panel {
  private readonly model: Model;
  private readonly stage: Stage;
  private readonly live: LiveView;
  private readonly chooser: Chooser;
  private readonly lighting: Lighting;
  private readonly keeper: Keeper;
  private readonly hover: Hover;
  private readonly tip = new Tip();
  private readonly heatMap = new HeatDrawing();
  /** State of before the reload, until it is used. */
  private saved: PanelState | undefined;
  private alignmentMessage: Message<"alignment"> | undefined;
  private captionsMessage: Message<"captions"> | undefined;
  private hostHidden = false;
  private ticking = 0;
  private lastTick = 0;
  private wasPlaying = false;
  private lastFrameMessage = 0;
  private lastFrame = -1;
  private renderQueued = false;
  private trackWidth = 600;

  constructor(
    private readonly root: HTMLElement,
    private readonly host: Host,
  ) {
    const saved = readState(host.savedState());
    this.saved = saved;
    const playback = new Playback();
    playback.speed = saved?.speed ?? 1;
    playback.loop = saved?.loop ?? true;
    const reduced = prefersReducedMotion(document.body);
    this.model = {
      playback,
      follow: saved?.follow ?? true,
      mirror: saved?.mirror ?? false,
      // With reduced motion the poses side by side tell what the movement would.
      ghosts: saved?.ghosts ?? reduced,
      heatMap: saved?.heatMap ?? false,
      table: false,
      notes: false,
      room: roomFor(root.clientWidth || innerWidth, innerHeight),
      theme: readTheme(document.body),
      stage: "hidden",
    };
    this.live = new LiveView(this.model);
    this.chooser = new Chooser(this.model);
    this.putColours();
    this.renderNow();
    this.stage = new Stage(root.querySelector<HTMLElement>("#canvas")!, this.model.theme, this.stageOptions(), {
      changed: () => this.wake(),
      cameraMoved: () => this.keeper.saveSoon(),
      status: (status) => {
        this.model.stage = status;
        this.renderSoon();
      },
    });
    this.lighting = new Lighting(this.model, this.stage);
    this.keeper = new Keeper(this.model, this.stage, host);
    this.hover = new Hover(this.model, this.stage, this.lighting, this.tip);
    this.listen();
    this.showOrHide();
    host.send({ type: "ready", state: saved });
  }

  private listen(): void {
    addEventListener("message", (event) => this.receive(event.data));
    addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () => this.showOrHide());
    onThemeChange(document.body, () => this.themeChanged());
    new ResizeObserver(() => this.resized()).observe(this.root);
    addEventListener("resize", () => this.resized());
    // After a click keys belong to the player again; a control reached by Tab keeps them. The path is asked, not the
    // target: an icon that was clicked may be replaced already.
    this.root.addEventListener("click", (event) => {
      const control = event
        .composedPath()
        .some((node) => node instanceof Element && node.matches(".toolbar vscode-button, .word"));
      if (event.detail > 0 && control) this.root.querySelector<HTMLElement>("#stage")?.focus({ preventScroll: true });
    });
  }

  /** Shows a failure of the panel itself and tells the host. */
  fail(message: string): void {
    this.model.fault = message;
    this.model.playback.pause();
    this.renderSoon();
    this.host.send({ type: "failed", message });
  }

  private receive(data: unknown): void {
    const message = readMessage(data);
    if (typeof message === "string") {
      // Other frames and tools post messages too; only what names a type of ours is worth a word.
      if (message !== "no type" && !message.endsWith("unknown type")) {
        this.model.error = t("error.message", message);
        this.host.send({ type: "failed", message: this.model.error });
        this.renderSoon();
      }
      return;
    }
    switch (message.type) {
      case "strings":
        setStrings(message.strings);
        break;
      case "motion":
        this.takeMotion(message);
        break;
      case "alignment":
        this.alignmentMessage = message;
        this.takeAlignment();
        break;
      case "selectToken":
        this.selectToken(message.token);
        break;
      case "captions":
        this.captionsMessage = message;
        this.takeCaptions();
        break;
      case "playback":
        this.control(message.action);
        break;
      case "visible":
        this.hostHidden = !message.visible;
        this.showOrHide();
        break;
      case "busy":
        this.model.busy = message.what;
        break;
      case "error":
        this.model.error = message.message;
        break;
    }
    this.renderSoon();
  }

  private takeMotion(message: Message<"motion">): void {
    const { model } = this;
    const { playback } = model;
    const { motion } = message.loaded;
    const same = model.motion?.key === message.key;
    const restored = !model.motion && this.saved?.key === message.key ? this.saved : undefined;
    if (!same) this.keeper.motionPath = restored?.motionPath;
    const { frame, range } = playback;
    const wasPlaying = playback.playing;
    playback.load(motion.frames, motion.fps);
    model.motion = { key: message.key, title: message.title, loaded: message.loaded };
    model.error = undefined;
    if (same) {
      playback.seek(frame);
      playback.setRange(range);
    } else {
      this.chooser.reset();
      model.notes = false;
    }
    if (restored) {
      playback.seek(restored.frame);
      playback.setRange(restored.range);
    }
    if (message.range && !restored) {
      playback.setRange(message.range);
      const [start, end] = playback.range!;
      if (!same || frame < start || frame >= end) playback.seek(start);
    }
    if (!same) model.overlay = model.captions = undefined;
    model.hoveredWord = model.hoveredCell = undefined;
    this.stage.setMotion(motion, same);
    this.stage.setLabel(
      t("stage.canvas", message.title, motion.joints.length / motion.frames / 3, motion.frames, motion.fps),
    );
    if (restored?.camera) this.stage.restoreCamera(restored.camera);
    const autoplay = message.autoplay && !restored && !prefersReducedMotion(document.body);
    if (same ? wasPlaying : autoplay) playback.play();
    this.takeAlignment();
    this.takeCaptions();
    this.moved();
  }

  private takeAlignment(): void {
    const { model, alignmentMessage: message, saved } = this;
    if (!message || message.key !== model.motion?.key) return;
    const old = model.overlay;
    model.hoveredWord = model.hoveredCell = undefined;
    if (message.alignment) {
      model.overlay = makeOverlay(message.text, message.alignment, model.playback.frames);
      if (!isWholeOnly(model.overlay)) this.stage.setParts(message.alignment.parts);
      if (old) this.chooser.keep(old);
      else if (saved?.key === message.key && saved.text === message.text) {
        const word = wordOfToken(model.overlay.words, saved.token);
        if (word !== undefined) this.chooser.restore(word);
      }
      this.saved = undefined;
    } else {
      model.overlay = undefined;
      this.chooser.free();
    }
    this.lighting.reset();
    this.lighting.update();
  }

  private takeCaptions(): void {
    const { captionsMessage: message, model } = this;
    if (!message || message.key !== model.motion?.key) return;
    model.captions = { own: message.own, retrieved: message.retrieved, note: message.note };
  }

  private selectToken(token: number | undefined): void {
    const { overlay } = this.model;
    const word = overlay && wordOfToken(overlay.words, token);
    if (word === this.model.selected) return;
    this.choose(word, false);
  }

  private control(action: Message<"playback">["action"]): void {
    const { playback } = this.model;
    if (action === "toggle") this.actions.toggle();
    else if (action === "play") playback.play();
    else if (action === "pause") playback.pause();
    else this.chooser.next(action === "nextMoment" ? 1 : -1);
    this.moved();
  }

  private choose(word: number | undefined, tell: boolean): void {
    const { model } = this;
    if (word === undefined && model.selected === undefined) return;
    if (word === undefined) {
      // A pointer that still rests on the word doesn't keep it lit.
      this.hover.word(undefined, undefined);
      this.chooser.free();
    } else this.chooser.choose(word);
    if (tell) {
      const chosen = model.selected === undefined ? undefined : model.overlay?.words[model.selected];
      this.host.send({ type: "tokenSelected", token: chosen?.tokens[0] });
    }
    this.moved();
    this.renderSoon();
  }

  private seek(frame: number): void {
    this.model.playback.seek(frame);
    this.moved();
  }

  private readonly actions: Actions = {
    toggle: () => {
      this.model.playback.toggle();
      this.moved();
      this.renderSoon();
    },
    step: (frames) => {
      this.model.playback.pause();
      this.seek(this.model.playback.frame + frames);
      this.renderSoon();
    },
    seek: (frame) => this.seek(frame),
    setSpeed: (speed) => {
      if (!(speed > 0)) return;
      this.model.playback.speed = speed;
      this.keeper.saveSoon();
      this.renderSoon();
    },
    setRange: (range) => {
      if (!range) this.choose(undefined, true);
      this.model.playback.setRange(range);
      this.keeper.saveSoon();
      this.renderSoon();
    },
    flip: (what) => {
      if (what === "loop") this.model.playback.loop = !this.model.playback.loop;
      else this.model[what] = !this.model[what];
      this.stage.setOptions(this.stageOptions());
      this.keeper.saveSoon();
      this.renderSoon();
    },
    look: (view) => {
      this.stage.look(view);
      this.keeper.saveSoon();
    },
    zoom: (factor) => {
      this.stage.zoom(factor);
      this.keeper.saveSoon();
    },
    choose: (word) => this.choose(word, true),
    hoverWord: (word, element) => {
      this.hover.word(word, element);
      this.renderSoon();
    },
    explainWord: (word, element) => {
      // Only a focus that can be seen asks for an explanation.
      if (word === undefined || element?.matches(":focus-visible")) this.hover.explain(word, element);
    },
    hoverCell: (cell, at) => {
      if (this.hover.cell(cell, at)) this.renderSoon();
    },
    pickCell: (cell) => {
      const time = this.model.overlay?.alignment.times[cell.time];
      if (!time) return;
      this.model.hoveredCell = undefined;
      this.seek(time[0]);
      this.renderSoon();
    },
    insert: (text) => this.host.send({ type: "insertCaption", text }),
    copy: (text) => this.host.send({ type: "copyCaption", text }),
    open: (path, line) => this.host.send({ type: "openCaption", path, line }),
    findDescriptions: () => this.host.send({ type: "findDescriptions" }),
    showLog: () => this.host.send({ type: "showLog" }),
    dismissError: () => {
      this.model.error = this.model.fault = undefined;
      this.renderSoon();
    },
  };

  private key(event: KeyboardEvent): void {
    const command = commandOf(event, event.target instanceof Element ? placeOf(event.target) : "page");
    if (!command || event.defaultPrevented) return;
    if (perform(command, this.model, this.actions)) event.preventDefault();
  }

  private stageOptions() {
    const { follow, mirror, ghosts } = this.model;
    return { follow, mirror, ghosts, reducedMotion: prefersReducedMotion(document.body) };
  }

  private themeChanged(): void {
    this.model.theme = readTheme(document.body);
    this.putColours();
    this.stage.setOptions(this.stageOptions());
    this.stage.setTheme(this.model.theme);
    this.renderSoon();
  }

  /** The colours that are worked out from the theme, for the style sheet. */
  private putColours(): void {
    const { theme } = this.model;
    for (const name of ["left", "right", "support", "muted", "neutral"] as const) {
      this.root.style.setProperty(`--ml-${name}`, cssColour(theme[name]));
    }
  }

  private resized(): void {
    const room = roomFor(this.root.clientWidth, innerHeight);
    const track = this.root.querySelector("#scrubber")?.clientWidth ?? this.trackWidth;
    const old = this.model.room;
    const changed =
      room.heatMap !== old.heatMap || room.mannequin !== old.mannequin || room.retrieved !== old.retrieved;
    if (!changed && track === this.trackWidth) return;
    this.model.room = room;
    this.trackWidth = track;
    this.renderSoon();
  }

  private showOrHide(): void {
    if (document.visibilityState === "hidden" || this.hostHidden) {
      this.model.playback.pause();
      this.stage.hide();
    } else {
      this.stage.show();
    }
    this.renderSoon();
  }

  private wake(): void {
    if (this.ticking === 0) this.ticking = requestAnimationFrame(this.tick);
  }

  private readonly tick = (now: number): void => {
    this.ticking = 0;
    const { playback } = this.model;
    const seconds = this.lastTick === 0 ? 0 : (now - this.lastTick) / 1000;
    this.lastTick = now;
    if (playback.advance(seconds)) this.positionChanged(now, !playback.playing);
    if (this.wasPlaying !== playback.playing) {
      this.wasPlaying = playback.playing;
      this.renderSoon();
    }
    const easing = this.stage.draw(seconds);
    if (playback.playing || easing) this.wake();
    else if (this.ticking === 0) this.lastTick = 0;
  };

  /** Something other than time changed the position, or whether it plays. */
  private moved(): void {
    this.positionChanged(performance.now(), true);
    this.keeper.saveSoon();
    this.wake();
  }

  private positionChanged(now: number, tellAlways: boolean): void {
    const { playback, motion } = this.model;
    this.stage.setPosition(playback.position);
    this.live.update();
    this.lighting.update();
    if (!motion) return;
    if (!tellAlways && (now - this.lastFrameMessage < FRAME_MESSAGE_PAUSE || playback.frame === this.lastFrame)) return;
    this.lastFrameMessage = now;
    this.lastFrame = playback.frame;
    this.host.send({ type: "frame", key: motion.key, frame: playback.frame, playing: playback.playing });
    this.keeper.saveSoon();
  }

  private renderSoon(): void {
    if (this.renderQueued) return;
    this.renderQueued = true;
    queueMicrotask(() => {
      this.renderQueued = false;
      this.renderNow();
    });
  }

  private renderNow(): void {
    const { model, root } = this;
    render(panelView(model, this.actions, this.trackWidth), root);
    refreshRoving(root);
    this.live.attach(root);
    this.tip.attach(root);
    this.heatMap.draw(root.querySelector<HTMLCanvasElement>("#heat-canvas"), model);
    const track = root.querySelector("#scrubber")?.clientWidth;
    if (track && track !== this.trackWidth) {
      this.trackWidth = track;
      this.renderSoon();
    }
  }
}
