/** The eye: orbit by hand, follow the root, look from the front or the side. */
import * as THREE from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

export type ViewName = "front" | "side" | "threeQuarter";

/** Camera position and target, six numbers in metres. */
export type CameraState = readonly number[];

/** Angle of each view to the way the body faces, radians about y, and its rise above the horizon. */
const VIEWS: Readonly<Record<ViewName, readonly [turn: number, rise: number]>> = {
  front: [0, 0.08],
  side: [Math.PI / 2, 0.08],
  threeQuarter: [0.62, 0.24],
};

const EASE_SECONDS = 0.28;
const FIELD_OF_VIEW = 32;

export class CameraRig {
  readonly camera = new THREE.PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 200);
  private readonly controls: OrbitControls;
  private followX = 0;
  private followZ = 0;
  private following = false;
  /** Easing: seconds left, and where it started and ends. */
  private easeLeft = 0;
  private readonly fromPosition = new THREE.Vector3();
  private readonly fromTarget = new THREE.Vector3();
  private readonly toPosition = new THREE.Vector3();
  private readonly toTarget = new THREE.Vector3();

  constructor(element: HTMLElement, moved: () => void, released: () => void) {
    this.controls = new OrbitControls(this.camera, element);
    this.controls.enableDamping = false;
    this.controls.maxPolarAngle = Math.PI / 2 - 0.01;
    this.controls.minDistance = 0.6;
    this.controls.maxDistance = 40;
    this.controls.zoomSpeed = 0.9;
    this.controls.addEventListener("change", moved);
    this.controls.addEventListener("start", () => (this.easeLeft = 0));
    this.controls.addEventListener("end", released);
  }

  get target(): THREE.Vector3 {
    return this.controls.target;
  }

  get distance(): number {
    return this.camera.position.distanceTo(this.controls.target);
  }

  get state(): CameraState {
    return [...this.camera.position.toArray(), ...this.controls.target.toArray()].map((value) =>
      Number(value.toFixed(4)),
    );
  }

  /** Takes a saved state; false (and nothing changed) when it is not six finite numbers. */
  restore(state: CameraState): boolean {
    if (state.length !== 6 || !state.every((value) => Number.isFinite(value))) return false;
    this.easeLeft = 0;
    this.camera.position.fromArray(state, 0);
    this.controls.target.fromArray(state, 3);
    this.controls.update();
    return true;
  }

  resize(width: number, height: number): void {
    this.camera.aspect = Math.max(0.1, width / Math.max(1, height));
    this.camera.updateProjectionMatrix();
  }

  /**
   * Looks at a body of some height, or at a wider place, from one of the views.
   *
   * @param heading the way the body faces, radians about y.
   * @param across metres that must fit from side to side.
   */
  look(
    view: ViewName,
    at: {
      readonly x: number;
      readonly z: number;
      readonly floor: number;
      readonly height: number;
      readonly across: number;
    },
    heading: number,
    ease: boolean,
  ): void {
    const [turn, rise] = VIEWS[view];
    const half = Math.tan((FIELD_OF_VIEW * Math.PI) / 360);
    const distance = Math.max((at.height * 0.66) / half, (at.across * 0.5) / (half * this.camera.aspect)) + 0.3;
    this.toTarget.set(at.x, at.floor + at.height * 0.47, at.z);
    const angle = heading + turn;
    this.toPosition.set(
      at.x + Math.sin(angle) * Math.cos(rise) * distance,
      this.toTarget.y + Math.sin(rise) * distance,
      at.z + Math.cos(angle) * Math.cos(rise) * distance,
    );
    if (ease) {
      this.fromPosition.copy(this.camera.position);
      this.fromTarget.copy(this.controls.target);
      this.easeLeft = EASE_SECONDS;
    } else {
      this.easeLeft = 0;
      this.camera.position.copy(this.toPosition);
      this.controls.target.copy(this.toTarget);
      this.controls.update();
    }
  }

  /** Moves nearer (below 1) or further (above 1). */
  zoom(factor: number): void {
    const { position } = this.camera;
    const { target } = this.controls;
    const distance = this.distance;
    const scale =
      Math.max(this.controls.minDistance, Math.min(this.controls.maxDistance, distance * factor)) / distance;
    position.set(
      target.x + (position.x - target.x) * scale,
      target.y + (position.y - target.y) * scale,
      target.z + (position.z - target.z) * scale,
    );
    this.controls.update();
  }

  /** Says where the root is; while following, eye and target move along with it. */
  rootAt(x: number, z: number, follow: boolean): void {
    if (follow && this.following) {
      const dx = x - this.followX;
      const dz = z - this.followZ;
      if (dx !== 0 || dz !== 0) {
        shift(this.camera.position, dx, dz);
        shift(this.controls.target, dx, dz);
        shift(this.fromPosition, dx, dz);
        shift(this.fromTarget, dx, dz);
        shift(this.toPosition, dx, dz);
        shift(this.toTarget, dx, dz);
      }
    }
    this.followX = x;
    this.followZ = z;
    this.following = follow;
  }

  /** Forgets where the root was, so that the next `rootAt` moves nothing (another motion). */
  resetFollow(): void {
    this.following = false;
  }

  /** Lets easing go on; true while it needs more frames. */
  advance(seconds: number): boolean {
    if (this.easeLeft <= 0) return false;
    this.easeLeft = Math.max(0, this.easeLeft - seconds);
    const done = 1 - this.easeLeft / EASE_SECONDS;
    const eased = done * done * (3 - 2 * done);
    this.camera.position.lerpVectors(this.fromPosition, this.toPosition, eased);
    this.controls.target.lerpVectors(this.fromTarget, this.toTarget, eased);
    this.controls.update();
    return true;
  }

  dispose(): void {
    this.controls.dispose();
  }
}

function shift(point: THREE.Vector3, dx: number, dz: number): void {
  point.x += dx;
  point.z += dz;
}
