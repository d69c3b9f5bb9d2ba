/**
 * The 3D picture. Owns the canvas and its WebGL context: both are given back when the panel is hidden and made
 * again when it shows. Draws only when something changed.
 */
import * as THREE from "three";
import type { Motion } from "../../core/motion/motion.js";
import { SKELETONS } from "../../core/motion/skeletons.js";
import { cssColour } from "../alignment/tint.js";
import type { Theme } from "../theme.js";
import { extentOf, headingOf, poseAt, type Extent } from "./body.js";
import { CameraRig, type CameraState, type ViewName } from "./camera-rig.js";
import { Figure } from "./figure.js";
import { Ghosts, Grid, HeadingMark, Shadows, Trail } from "./ground.js";

export type StageStatus = "drawing" | "hidden" | "lost" | "noWebgl";

export interface StageOptions {
  readonly follow: boolean;
  readonly mirror: boolean;
  readonly ghosts: boolean;
  readonly reducedMotion: boolean;
}

export interface StageEvents {
  /** Something wants to be drawn. */
  changed(): void;
  /** The camera came to rest. */
  cameraMoved(): void;
  status(status: StageStatus): void;
}

/** A floor that lies further than this from y = 0 is drawn where the motion's lowest point is, metres. */
const FLOOR_TOLERANCE = 0.1;
/** Rebuilds after a lost context: how many in a row, and how long after, milliseconds. */
const REBUILDS = 3;
const REBUILD_DELAY = 400;

/** Everything that lives as long as one WebGL context. */
interface Gl {
  readonly canvas: HTMLCanvasElement;
  readonly renderer: THREE.WebGLRenderer;
  readonly scene: THREE.Scene;
  readonly rig: CameraRig;
  readonly grid: Grid;
  readonly heading: HeadingMark;
  readonly world: THREE.Group;
  readonly ground: THREE.Group;
  readonly hemisphere: THREE.HemisphereLight;
  readonly sun: THREE.DirectionalLight;
}

/** What is made anew for each motion (and when it is mirrored). */
interface Actors {
  readonly figure: Figure;
  readonly trail: Trail;
  readonly shadows: Shadows;
  ghosts?: Ghosts;
}

export class Stage {
  status: StageStatus = "hidden";
  private gl: Gl | undefined;
  private actors: Actors | undefined;
  private motion: Motion | undefined;
  private extent: Extent | undefined;
  private parts: readonly string[] = [];
  private pose = new Float32Array(0);
  private position = 0;
  private heading = 0;
  private partTints: Float32Array | undefined;
  private pathStrengths: Float32Array | undefined;
  private camera: CameraState | undefined;
  private dirty = false;
  private easing = false;
  private failures = 0;
  private label = "";
  private readonly sizes: ResizeObserver;

  constructor(
    private readonly host: HTMLElement,
    private theme: Theme,
    private options: StageOptions,
    private readonly events: StageEvents,
  ) {
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(host);
  }

  /** Shows a motion; the camera starts anew unless it is kept. */
  setMotion(motion: Motion | undefined, keepCamera: boolean): void {
    this.motion = motion;
    this.extent = motion && extentOf(motion);
    this.pose = new Float32Array(motion ? SKELETONS[motion.skeleton].joints.length * 3 : 0);
    this.position = 0;
    this.partTints = undefined;
    this.pathStrengths = undefined;
    if (!keepCamera) this.camera = undefined;
    else if (this.gl) this.camera = this.gl.rig.state;
    this.buildActors();
    this.aim();
  }

  /** Names of the parts in the order in which tints come. */
  setParts(parts: readonly string[]): void {
    if (parts.length === this.parts.length && parts.every((part, index) => part === this.parts[index])) return;
    this.parts = parts;
    this.buildActors();
  }

  setLabel(label: string): void {
    this.label = label;
    this.gl?.canvas.setAttribute("aria-label", label);
  }

  /** Puts the body to a position in frames. */
  setPosition(position: number): void {
    if (position === this.position) return;
    this.position = position;
    this.invalidate();
  }

  /** Tints by part, 0 to 1; undefined shows the sides. The array is read at once. */
  setTints(tints: Float32Array | undefined): void {
    this.partTints = tints;
    this.actors?.figure.tint(tints);
    this.tintHeading();
    this.invalidate();
  }

  /** The mark under the body stands for the whole body. */
  private tintHeading(): void {
    const tint = this.partTints ? (this.partTints[this.parts.indexOf("global")] ?? 0) : -1;
    this.gl?.heading.setColour(this.theme, tint);
  }

  /** Strength of the whole body's path at each frame, 0 to 1. */
  setPathStrengths(strengths: Float32Array | undefined): void {
    this.pathStrengths = strengths;
    this.actors?.trail.setStrengths(strengths, this.theme);
    this.invalidate();
  }

  setOptions(options: StageOptions): void {
    const before = this.options;
    this.options = options;
    if (options.mirror !== before.mirror) this.buildActors();
    else if (options.ghosts !== before.ghosts) this.buildGhosts();
    this.invalidate();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.applyTheme();
    this.invalidate();
  }

  look(view: ViewName): void {
    if (!this.gl || !this.motion || !this.extent) return;
    const { extent, options } = this;
    poseAt(this.motion, this.position, this.pose);
    this.heading = headingOf(this.motion.skeleton, this.pose, this.heading);
    const turn = options.mirror ? -this.heading : this.heading;
    const across = options.follow
      ? 1.5
      : Math.max(1.5, Math.hypot(extent.maxX - extent.minX, extent.maxZ - extent.minZ));
    const centreX = options.follow ? this.pose[0]! : (extent.minX + extent.maxX) / 2;
    const at = {
      x: this.worldX(centreX),
      z: options.follow ? this.pose[2]! : (extent.minZ + extent.maxZ) / 2,
      floor: this.floor,
      height: Math.max(extent.height, 1.2),
      across,
    };
    this.gl.rig.look(view, at, turn, !options.reducedMotion && this.status === "drawing" && this.camera !== undefined);
    this.camera ??= this.gl.rig.state;
    this.invalidate();
  }

  zoom(factor: number): void {
    this.gl?.rig.zoom(factor);
    this.invalidate();
  }

  get cameraState(): CameraState | undefined {
    return this.gl && this.motion ? this.gl.rig.state : this.camera;
  }

  /** Restores a saved camera for the shown motion. */
  restoreCamera(state: CameraState): void {
    if (state.length !== 6) return;
    this.camera = state;
    this.gl?.rig.restore(state);
    this.gl?.rig.resetFollow();
    this.invalidate();
  }

  /** Makes the WebGL context; says `noWebgl` where there is none. */
  show(): void {
    if (this.gl) return;
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", this.label);
    canvas.setAttribute("aria-describedby", "summary");
    let renderer: THREE.WebGLRenderer;
    try {
      renderer = new THREE.WebGLRenderer({ canvas, antialias: true, powerPreference: "low-power" });
    } catch {
      this.setStatus("noWebgl");
      return;
    }
    this.host.replaceChildren(canvas);
    canvas.addEventListener("webglcontextlost", this.contextLost);
    const scene = new THREE.Scene();
    const rig = new CameraRig(
      canvas,
      () => this.invalidate(),
      () => this.events.cameraMoved(),
    );
    const world = new THREE.Group();
    const ground = new THREE.Group();
    const grid = new Grid();
    const heading = new HeadingMark();
    const hemisphere = new THREE.HemisphereLight();
    const sun = new THREE.DirectionalLight();
    ground.add(heading.mesh);
    world.add(ground);
    scene.add(grid.mesh, world, hemisphere, sun, sun.target);
    this.gl = { canvas, renderer, scene, rig, grid, heading, world, ground, hemisphere, sun };
    this.buildActors();
    this.setStatus("drawing");
    this.resize();
    this.aim();
    this.applyTheme();
  }

  /** Gives the WebGL context back; the camera is remembered. */
  hide(): void {
    if (this.gl && this.motion) this.camera = this.gl.rig.state;
    this.failures = 0;
    this.teardown();
    this.setStatus("hidden");
  }

  dispose(): void {
    this.sizes.disconnect();
    this.teardown();
  }

  /** Draws if something changed. @returns whether it wants to be called again (camera easing). */
  draw(seconds: number): boolean {
    const { gl, actors, motion } = this;
    if (!gl) return false;
    const easing = gl.rig.advance(seconds);
    if (this.easing && !easing) this.events.cameraMoved();
    this.easing = easing;
    if (!this.dirty && !easing) return false;
    this.dirty = false;
    if (motion && actors) {
      poseAt(motion, this.position, this.pose);
      this.heading = headingOf(motion.skeleton, this.pose, this.heading);
      actors.figure.setPose(this.pose);
      actors.shadows.setPose(this.pose);
      actors.trail.setPosition(this.position);
      gl.heading.place(this.pose[0]!, this.pose[2]!, this.heading);
      gl.rig.rootAt(this.worldX(this.pose[0]!), this.pose[2]!, this.options.follow);
    }
    const { target } = gl.rig;
    gl.grid.centreOn(target.x, target.z, gl.rig.distance);
    gl.grid.mesh.position.y = this.floor;
    gl.sun.position.set(target.x + 1.5, 4, target.z + 2.5);
    gl.sun.target.position.copy(target);
    gl.renderer.render(gl.scene, gl.rig.camera);
    // Moving the camera while drawing (follow) fires "change"; it is drawn already.
    this.dirty = false;
    return easing;
  }

  private invalidate(): void {
    this.dirty = true;
    this.events.changed();
  }

  /** x in the picture: the mirrored view turns it round the first root position. */
  private worldX(x: number): number {
    return this.options.mirror && this.motion ? 2 * this.motion.joints[0]! - x : x;
  }

  private get floor(): number {
    const lowest = this.extent?.floor ?? 0;
    return Math.abs(lowest) > FLOOR_TOLERANCE ? lowest : 0;
  }

  /** Puts the camera to the remembered place, or to its first view of the motion. */
  private aim(): void {
    if (!this.gl || !this.motion) return;
    this.gl.rig.resetFollow();
    if (this.camera && this.gl.rig.restore(this.camera)) this.invalidate();
    else this.look("threeQuarter");
  }

  private buildActors(): void {
    this.disposeActors();
    const { gl, motion } = this;
    if (!gl) return;
    gl.world.visible = motion !== undefined;
    if (!motion) return this.invalidate();
    const { mirror } = this.options;
    gl.world.scale.x = mirror ? -1 : 1;
    gl.world.position.x = mirror ? 2 * motion.joints[0]! : 0;
    gl.ground.position.y = this.floor;
    const figure = new Figure(motion.skeleton, this.parts, mirror, this.theme);
    const trail = new Trail(motion);
    const shadows = new Shadows(motion, this.floor);
    gl.world.add(figure.group);
    gl.ground.add(trail.group, shadows.mesh);
    this.actors = { figure, trail, shadows };
    figure.tint(this.partTints);
    trail.setStrengths(this.pathStrengths, this.theme);
    shadows.setTheme(this.theme);
    this.buildGhosts();
    this.invalidate();
  }

  private buildGhosts(): void {
    const { gl, actors, motion } = this;
    if (!gl || !actors || !motion) return;
    actors.ghosts?.dispose();
    actors.ghosts = undefined;
    if (!this.options.ghosts) return;
    actors.ghosts = new Ghosts(motion, this.options.mirror, this.theme);
    gl.world.add(actors.ghosts.mesh);
  }

  private applyTheme(): void {
    const { gl, actors, theme } = this;
    if (!gl) return;
    gl.renderer.setClearColor(new THREE.Color(cssColour(theme.background)), 1);
    gl.grid.setTheme(theme);
    this.tintHeading();
    // High contrast keeps the theme's colours flat; otherwise light from above gives the body its shape.
    gl.hemisphere.color.set(0xffffff);
    gl.hemisphere.groundColor.set(theme.dark ? 0x777777 : 0x999999);
    gl.hemisphere.intensity = theme.highContrast ? 3.1 : theme.dark ? 2.2 : 2.4;
    gl.sun.intensity = theme.highContrast ? 0 : 1.5;
    actors?.figure.setTheme(theme);
    actors?.trail.setTheme(theme);
    actors?.shadows.setTheme(theme);
    actors?.ghosts?.setTheme(theme);
  }

  private resize(): void {
    if (!this.gl) return;
    const { clientWidth, clientHeight } = this.host;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.gl.renderer.setPixelRatio(Math.min(2, devicePixelRatio));
    this.gl.renderer.setSize(clientWidth, clientHeight, true);
    this.gl.rig.resize(clientWidth, clientHeight);
    this.invalidate();
  }

  private readonly contextLost = (event: Event): void => {
    event.preventDefault();
    if (this.gl && this.motion) this.camera = this.gl.rig.state;
    this.teardown();
    this.failures++;
    this.setStatus("lost");
    if (this.failures > REBUILDS) return this.setStatus("noWebgl");
    setTimeout(() => {
      if (this.status === "lost") this.show();
    }, REBUILD_DELAY);
  };

  private disposeActors(): void {
    const { actors } = this;
    if (!actors) return;
    this.actors = undefined;
    actors.figure.dispose();
    actors.trail.group.removeFromParent();
    actors.trail.dispose();
    actors.shadows.mesh.removeFromParent();
    actors.shadows.dispose();
    actors.ghosts?.dispose();
  }

  private teardown(): void {
    const { gl } = this;
    if (!gl) return;
    this.disposeActors();
    this.gl = undefined;
    gl.canvas.removeEventListener("webglcontextlost", this.contextLost);
    gl.rig.dispose();
    gl.grid.dispose();
    gl.heading.dispose();
    gl.renderer.dispose();
    gl.renderer.forceContextLoss();
    gl.canvas.remove();
  }

  private setStatus(status: StageStatus): void {
    if (status === this.status) return;
    this.status = status;
    this.events.status(status);
  }
}
