/** Keeps the panel's intent over a reload: saved in VS Code's webview state and told to the host. */
import type { PanelState } from "../protocol/webview.js";
import type { Host } from "./host.js";
import type { Model } from "./model.js";
import type { Stage } from "./player/stage.js";

const DELAY = 400;

export class Keeper {
  /** The host's own note about the motion, kept for it while the motion stays the same. */
  motionPath: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: Model,
    private readonly stage: Stage,
    private readonly host: Host,
  ) {}

  /** Saves a little later, once for many changes. */
  saveSoon(): void {
    this.timer ??= setTimeout(() => this.saveNow(), DELAY);
  }

  saveNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const state = this.state();
    this.host.saveState(state);
    this.host.send({ type: "state", state });
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
}
