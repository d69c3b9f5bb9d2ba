/** The panel: takes messages, holds the model, drives player and view. */
import { render } from "lit";
import type { PanelState, ToPanel } from "../protocol/webview.js";
import { cellText, cellValue, drawHeatMap } from "./alignment/heat-map.js";
import type { HeatCell } from "./alignment/heat-layout.js";
import { cssColour, partTintsAt, partTintsOverall, patchTint } from "./alignment/tint.js";
import { momentsOf, strongestMoment, wordOfToken } from "./alignment/words.js";
import { wordFacts } from "./alignment/word-line.js";
import type { Host } from "./host.js";
import { commandOf, type FocusPlace, type KeyCommand } from "./keyboard.js";
import { LiveView } from "./live.js";
import { readMessage, readState } from "./messages.js";
import { makeOverlay, roomFor, type Actions, type Model } from "./model.js";
import { Playback } from "./player/playback.js";
import { Stage } from "./player/stage.js";
import { setEdge } from "./player/timeline.js";
import { refreshRoving } from "./roving.js";
import { setStrings, t } from "./strings.js";
import { onThemeChange, prefersReducedMotion, readTheme } from "./theme.js";
import { Tip } from "./tip.js";
import { panelView } from "./view.js";

const FRAME_MESSAGE_PAUSE = 100;
const STATE_DELAY = 400;

type Message<Type extends ToPanel["type"]> = Extract<ToPanel, { type: Type }>;

export class Panel {
  private readonly model: Model;
  private readonly stage: Stage;
  private readonly live: LiveView;
  private readonly tip = new Tip();
  /** State of before the reload, until it is used. */
  private saved: PanelState | undefined;
  /** The host's own note about the motion, kept for it while the motion stays the same. */
  private motionPath: string | undefined;
  private alignmentMessage: Message<"alignment"> | undefined;
  private captionsMessage: Message<"captions"> | undefined;
  /** What was repeated before a word was chosen. */
  private before: { range: Playback["range"]; loop: boolean } | undefined;
  private partTints = new Float32Array(0);
  private shownTints = "";
  private drawnHeat = "";
  private hostHidden = false;
  private ticking = 0;
  private lastTick = 0;
  private wasPlaying = false;
  private lastFrameMessage = 0;
  private lastFrame = -1;
  private stateTimer: ReturnType<typeof setTimeout> | undefined;
  private renderQueued = false;
  private trackWidth = 600;
  private overlayCount = 0;

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
    this.putColours();
    this.renderNow();
    this.stage = new Stage(root.querySelector<HTMLElement>("#canvas")!, this.model.theme, this.stageOptions(), {
      changed: () => this.wake(),
      cameraMoved: () => this.saveSoon(),
      status: (status) => {
        this.model.stage = status;
        this.renderSoon();
      },
    });
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
    // After a click keys belong to the player again; a control reached by Tab keeps them.
    this.root.addEventListener("click", (event) => {
      const target = event.target as Element;
      if (event.detail > 0 && target.closest(".toolbar vscode-button, .word")) {
        this.root.querySelector<HTMLElement>("#stage")?.focus({ preventScroll: true });
      }
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
    if (!same) this.motionPath = restored?.motionPath;
    const { frame, range } = playback;
    const wasPlaying = playback.playing;
    playback.load(motion.frames, motion.fps);
    model.motion = { key: message.key, title: message.title, loaded: message.loaded };
    model.error = undefined;
    if (same) {
      playback.seek(frame);
      playback.setRange(range);
    } else {
      this.before = undefined;
      model.selected = undefined;
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
    model.overlay = undefined;
    model.captions = undefined;
    model.hoveredWord = model.hoveredCell = undefined;
    this.stage.setMotion(motion, same);
    this.stage.setLabel(t("stage.canvas", message.title, motion.joints.length / motion.frames / 3, motion.frames, motion.fps));
    if (restored?.camera) this.stage.restoreCamera(restored.camera);
    const autoplay = message.autoplay && !restored && !prefersReducedMotion(document.body);
    if (same ? wasPlaying : autoplay) playback.play();
    this.takeAlignment();
    this.takeCaptions();
    this.moved();
  }

  private takeAlignment(): void {
    const { model, alignmentMessage: message } = this;
    if (!message || message.key !== model.motion?.key) return;
    const old = model.overlay;
    const chosen = model.selected === undefined ? undefined : old?.words[model.selected];
    model.hoveredWord = model.hoveredCell = undefined;
    if (!message.alignment) {
      model.overlay = undefined;
      this.free();
    } else {
      const overlay = makeOverlay(message.text, message.alignment, model.playback.frames);
      model.overlay = overlay;
      this.overlayCount++;
      this.partTints = new Float32Array(message.alignment.parts.length);
      this.stage.setParts(message.alignment.parts);
      if (chosen) {
        // While a caption is edited the chosen word stays chosen as long as it is there.
        const again = overlay.words.findIndex(
          (word) => word.text === chosen.text && word.chars[0] === chosen.chars[0],
        );
        if (again >= 0) model.selected = again;
        else this.free();
      } else if (!old && this.saved?.key === message.key && this.saved.text === message.text) {
        model.selected = wordOfToken(overlay.words, this.saved.token);
        if (model.selected !== undefined) this.before = { range: undefined, loop: model.playback.loop };
      }
      this.saved = undefined;
    }
    this.shownTints = "?";
    this.showTints();
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
    else this.nextMoment(action === "nextMoment" ? 1 : -1);
    this.moved();
  }

  /** The next or previous moment of the chosen word; without one, the next or previous time step. */
  private nextMoment(by: 1 | -1): void {
    const { overlay, selected, playback } = this.model;
    if (!overlay) return this.seek(playback.frame + by * Math.max(1, Math.round(playback.fps * 0.8)));
    const { times } = overlay.alignment;
    const moments = selected === undefined ? times.map((_, time) => [time, time + 1] as const) : momentsOf(overlay.signals[selected]!);
    const frames = moments.map(([start, end]) => [times[start]![0], times[end - 1]![1]] as const);
    if (frames.length === 0) return;
    const at = playback.frame;
    const next =
      by > 0 ? frames.findIndex(([start]) => start > at) : frames.findLastIndex(([, end]) => end <= at);
    const target = frames[next >= 0 ? next : by > 0 ? 0 : frames.length - 1]!;
    if (selected !== undefined) playback.setRange(target);
    this.seek(target[0]);
  }

  private choose(word: number | undefined, tell: boolean): void {
    const { model } = this;
    const { overlay, playback } = model;
    if (word === undefined || !overlay) {
      if (model.selected === undefined) return;
      this.free();
    } else {
      this.before ??= { range: playback.range, loop: playback.loop };
      model.selected = word;
      const moment = strongestMoment(overlay.signals[word]!, overlay.alignment.times);
      if (moment) {
        playback.setRange(moment.range);
        playback.loop = true;
        playback.seek(moment.frame);
      }
    }
    if (tell) {
      this.host.send({
        type: "tokenSelected",
        token: model.selected === undefined ? undefined : model.overlay?.words[model.selected]?.tokens[0],
      });
    }
    this.moved();
    this.renderSoon();
  }

  /** Gives back what was repeated before a word was chosen. */
  private free(): void {
    this.model.selected = undefined;
    if (!this.before) return;
    this.model.playback.setRange(this.before.range);
    this.model.playback.loop = this.before.loop;
    this.before = undefined;
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
      this.saveSoon();
      this.renderSoon();
    },
    setRange: (range) => {
      this.model.playback.setRange(range);
      this.saveSoon();
      this.renderSoon();
    },
    flip: (what) => {
      if (what === "loop") this.model.playback.loop = !this.model.playback.loop;
      else this.model[what] = !this.model[what];
      this.stage.setOptions(this.stageOptions());
      this.saveSoon();
      this.renderSoon();
    },
    look: (view) => {
      this.stage.look(view);
      this.saveSoon();
    },
    choose: (word) => this.choose(word, true),
    hoverWord: (word, element) => {
      this.model.hoveredWord = word;
      this.explain(word, element);
      this.showTints();
      this.renderSoon();
    },
    explainWord: (word, element) => {
      // Only a focus that can be seen asks for an explanation.
      if (word === undefined || element?.matches(":focus-visible")) this.explain(word, element);
    },
    hoverCell: (cell, at) => this.hoverCell(cell, at),
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

  private explain(word: number | undefined, element: Element | undefined): void {
    const { overlay, playback } = this.model;
    const shown = word === undefined ? undefined : overlay?.words[word];
    if (!shown || !overlay || !element) return this.tip.hide();
    this.tip.show([shown.text, ...wordFacts(overlay, word!, playback.fps)], element.getBoundingClientRect());
  }

  private hoverCell(cell: HeatCell | undefined, at: DOMRectReadOnly | undefined): void {
    const { model } = this;
    const { overlay, playback } = model;
    const old = model.hoveredCell;
    if (cell && overlay && at) this.tip.show([cellText(overlay, model.selected, cell, playback.fps)], at);
    else this.tip.hide();
    if (old?.part === cell?.part && old?.time === cell?.time) return;
    model.hoveredCell = cell;
    const time = cell && overlay?.alignment.times[cell.time];
    // A paused player shows the pose of that moment for as long as the pointer stays.
    if (!playback.playing) this.stage.setPosition(time ? (time[0] + time[1] - 1) / 2 : playback.position);
    this.showTints();
    this.renderSoon();
  }

  private key(event: KeyboardEvent): void {
    const target = event.composedPath()[0];
    const command = commandOf(event, target instanceof Element ? placeOf(event.target as Element) : "page");
    if (!command || event.defaultPrevented) return;
    if (this.perform(command)) event.preventDefault();
  }

  /** @returns whether the key was used. */
  private perform(command: KeyCommand): boolean {
    const { model, actions } = this;
    const { playback, overlay } = model;
    if (!model.motion) return false;
    switch (command.do) {
      case "toggle":
        actions.toggle();
        break;
      case "step":
        actions.step(command.frames);
        break;
      case "first":
        this.seek(0);
        break;
      case "last":
        this.seek(playback.frames - 1);
        break;
      case "rangeStart":
      case "rangeEnd":
        actions.setRange(
          setEdge(playback.range, command.do === "rangeStart" ? "start" : "end", playback.frame, playback.frames),
        );
        break;
      case "loop":
      case "follow":
      case "mirror":
      case "ghosts":
        actions.flip(command.do);
        break;
      case "heatMap":
        if (overlay && model.room.heatMap) actions.flip("heatMap");
        break;
      case "view":
        actions.look(command.view);
        break;
      case "zoom":
        this.stage.zoom(command.factor);
        this.saveSoon();
        break;
      case "word": {
        if (!overlay || overlay.words.length === 0) return false;
        const count = overlay.words.length;
        const from = model.selected ?? (command.by > 0 ? -1 : count);
        actions.choose((from + command.by + count) % count);
        break;
      }
      case "free":
        if (model.selected !== undefined) actions.choose(undefined);
        else if (playback.range) actions.setRange(undefined);
        else return false;
        break;
    }
    return true;
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
    this.drawnHeat = "";
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
    const changed = room.heatMap !== old.heatMap || room.mannequin !== old.mannequin || room.retrieved !== old.retrieved;
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
    this.saveSoon();
    this.wake();
  }

  private positionChanged(now: number, tellAlways: boolean): void {
    const { playback, motion } = this.model;
    this.stage.setPosition(playback.position);
    this.live.update();
    this.showTints();
    if (!motion) return;
    if (!tellAlways && (now - this.lastFrameMessage < FRAME_MESSAGE_PAUSE || playback.frame === this.lastFrame)) return;
    this.lastFrameMessage = now;
    this.lastFrame = playback.frame;
    this.host.send({ type: "frame", key: motion.key, frame: playback.frame, playing: playback.playing });
    this.saveSoon();
  }

  /** Lights joints for the hovered cell, the hovered word or the chosen word, whichever comes first. */
  private showTints(): void {
    const { overlay, hoveredCell, hoveredWord, selected, playback } = this.model;
    const hovered = hoveredWord === selected ? undefined : hoveredWord;
    const time = overlay?.lookup[playback.frame] ?? -1;
    const word = hoveredCell ? undefined : (hovered ?? selected);
    const key = hoveredCell
      ? `cell ${hoveredCell.part} ${hoveredCell.time} ${selected}`
      : hovered !== undefined
        ? `hover ${hovered}`
        : selected !== undefined
          ? `word ${selected} ${time}`
          : "";
    if (key === this.shownTints) return;
    const wordBefore = this.shownTints.split(" ").slice(0, 2).join(" ");
    this.shownTints = key;
    const tints = this.partTints;
    if (!overlay || key === "") {
      this.stage.setTints(undefined);
      this.stage.setPathStrengths(undefined);
      return;
    }
    tints.fill(0);
    if (hoveredCell) tints[hoveredCell.part] = Math.max(0.3, cellValue(overlay, selected, hoveredCell).tint);
    else if (hovered !== undefined) partTintsOverall(overlay.signals[hovered]!, tints);
    else if (time >= 0) partTintsAt(overlay.signals[selected!]!, time, tints);
    this.stage.setTints(tints);
    if (wordBefore === key.split(" ").slice(0, 2).join(" ")) return;
    const global = overlay.alignment.parts.indexOf("global");
    const signal = word === undefined ? undefined : overlay.signals[word];
    this.stage.setPathStrengths(
      signal && global >= 0
        ? Float32Array.from(overlay.lookup, (step) =>
            step < 0 ? 0 : patchTint(signal, signal.patches[step * signal.parts + global]!),
          )
        : undefined,
    );
  }

  private saveSoon(): void {
    this.stateTimer ??= setTimeout(() => {
      this.stateTimer = undefined;
      const state = this.state();
      this.host.saveState(state);
      this.host.send({ type: "state", state });
    }, STATE_DELAY);
  }

  private state(): PanelState {
    const { playback, motion, overlay, selected, follow, heatMap, mirror, ghosts } = this.model;
    return {
      motionPath: this.motionPath,
      key: motion?.key,
      frame: playback.frame,
      speed: playback.speed,
      loop: playback.loop,
      follow,
      range: playback.range,
      text: overlay?.text,
      token: selected === undefined ? undefined : overlay?.words[selected]?.tokens[0],
      heatMap,
      mirror,
      ghosts,
      camera: this.stage.cameraState,
    };
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
    const canvas = root.querySelector<HTMLCanvasElement>("#heat-canvas");
    if (!canvas || !model.overlay) this.drawnHeat = "";
    else {
      const key = [this.overlayCount, model.selected, canvas.clientWidth, devicePixelRatio].join(" ");
      if (key !== this.drawnHeat) {
        this.drawnHeat = key;
        drawHeatMap(canvas, model.overlay, model.selected, model.playback.frames, model.theme);
      }
    }
    const track = root.querySelector("#scrubber")?.clientWidth;
    if (track && track !== this.trackWidth) {
      this.trackWidth = track;
      this.renderSoon();
    }
  }
}

/** What kind of control has the focus, for the keys it keeps to itself. */
function placeOf(target: Element): FocusPlace {
  if (target.closest("vscode-dropdown, input, textarea, select, .heat-table:not(.visually-hidden)")) return "entry";
  if (target.closest(".bracket")) return "slider";
  if (target.closest("[role=toolbar], .caption-list")) return "toolbar";
  if (target.closest("button, vscode-button, vscode-checkbox")) return "button";
  return "page";
}
