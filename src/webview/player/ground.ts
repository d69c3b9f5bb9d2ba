/** What the body stands on: grid, trail of the root, heading mark, contact shadows, ghost poses. */
import * as THREE from "three";
import type { Motion } from "../../core/motion/motion.js";
import { SKELETONS, bones } from "../../core/motion/skeletons.js";
import type { Rgb } from "../alignment/tint.js";
import type { Theme } from "../theme.js";
import { poseAt } from "./body.js";
import { setSrgb, sideOfJoint, writeBone } from "./figure.js";

/** Half the width of the trail, metres. */
const TRAIL_HALF_WIDTH = 0.014;
/** Seconds between ghost poses, the length of one patch of the model. */
const GHOST_SPACING = 0.8;
const GHOST_LIMIT = 240;

const FLOOR_VERTEX = /* glsl */ `
  varying vec2 plane;
  void main() {
    vec4 world = modelMatrix * vec4(position, 1.0);
    plane = world.xz;
    gl_Position = projectionMatrix * viewMatrix * world;
  }`;

const GRID_FRAGMENT = /* glsl */ `
  uniform vec3 tone;
  uniform vec2 centre;
  uniform float reach;
  uniform float strength;
  varying vec2 plane;
  float lines(vec2 at) {
    vec2 away = abs(fract(at - 0.5) - 0.5) / fwidth(at);
    return 1.0 - min(min(away.x, away.y), 1.0);
  }
  void main() {
    float fade = 1.0 - smoothstep(reach * 0.25, reach, distance(plane, centre));
    float alpha = max(lines(plane), 0.4 * lines(plane * 2.0)) * fade * strength;
    gl_FragColor = vec4(tone, alpha);
    #include <colorspace_fragment>
  }`;

const SHADOW_VERTEX = /* glsl */ `
  varying vec2 spot;
  varying float weight;
  attribute float darkness;
  void main() {
    spot = position.xy;
    weight = darkness;
    gl_Position = projectionMatrix * modelViewMatrix * instanceMatrix * vec4(position, 1.0);
  }`;

const SHADOW_FRAGMENT = /* glsl */ `
  uniform float strength;
  varying vec2 spot;
  varying float weight;
  void main() {
    float alpha = smoothstep(1.0, 0.0, length(spot)) * weight * strength;
    gl_FragColor = vec4(0.0, 0.0, 0.0, alpha);
  }`;

/** The floor grid: one quad that follows the eye, lines of one metre with finer ones between. */
export class Grid {
  readonly mesh: THREE.Mesh;
  private readonly material = new THREE.ShaderMaterial({
    vertexShader: FLOOR_VERTEX,
    fragmentShader: GRID_FRAGMENT,
    uniforms: {
      tone: { value: new THREE.Color() },
      centre: { value: new THREE.Vector2() },
      reach: { value: 9 },
      strength: { value: 1 },
    },
    transparent: true,
    depthWrite: false,
    side: THREE.DoubleSide,
  });

  constructor() {
    this.mesh = new THREE.Mesh(new THREE.PlaneGeometry(80, 80).rotateX(-Math.PI / 2), this.material);
    this.mesh.renderOrder = -2;
    this.mesh.name = "grid";
  }

  setTheme(theme: Theme): void {
    setSrgb(this.material.uniforms.tone!.value as THREE.Color, theme.grid, theme.grid, 0);
  }

  /** Fades the grid around what the camera looks at. */
  centreOn(x: number, z: number, distance: number): void {
    this.mesh.position.set(x, 0, z);
    (this.material.uniforms.centre!.value as THREE.Vector2).set(x, z);
    this.material.uniforms.reach!.value = Math.max(5, distance * 1.8);
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.material.dispose();
  }
}

/** Soft spots under pelvis and feet that fade as they rise: they show contact with the floor. */
export class Shadows {
  readonly mesh: THREE.InstancedMesh;
  private readonly darkness: THREE.InstancedBufferAttribute;
  private readonly joints: readonly number[];
  private readonly material = new THREE.ShaderMaterial({
    vertexShader: SHADOW_VERTEX,
    fragmentShader: SHADOW_FRAGMENT,
    uniforms: { strength: { value: 0.4 } },
    transparent: true,
    depthWrite: false,
  });

  /** @param floor height of the floor, metres. */
  constructor(
    motion: Motion,
    private readonly floor: number,
  ) {
    const { body } = SKELETONS[motion.skeleton];
    this.joints = [body.pelvis, body.leftAnkle, body.rightAnkle, body.leftFoot, body.rightFoot];
    const geometry = new THREE.CircleGeometry(1, 24);
    this.darkness = new THREE.InstancedBufferAttribute(new Float32Array(this.joints.length), 1);
    geometry.setAttribute("darkness", this.darkness);
    this.mesh = new THREE.InstancedMesh(geometry, this.material, this.joints.length);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = -1;
  }

  setTheme(theme: Theme): void {
    this.material.uniforms.strength!.value = theme.highContrast ? 0 : theme.dark ? 0.5 : 0.28;
  }

  setPose(pose: Float32Array): void {
    const matrices = this.mesh.instanceMatrix.array as Float32Array;
    const dark = this.darkness.array as Float32Array;
    for (let spot = 0; spot < this.joints.length; spot++) {
      const joint = this.joints[spot]! * 3;
      const root = spot === 0;
      const radius = root ? 0.42 : 0.13;
      const height = Math.max(0, pose[joint + 1]! - this.floor);
      dark[spot] = root ? 0.8 / (1 + height * 0.6) : Math.max(0, 1 - height / 0.3);
      const at = spot * 16;
      // The unit disc (x, y) laid flat: x stays x, y becomes -z.
      matrices[at] = radius;
      matrices[at + 5] = matrices[at + 10] = 0;
      matrices[at + 6] = -radius;
      matrices[at + 9] = 1;
      matrices[at + 12] = pose[joint]!;
      matrices[at + 13] = 0.004;
      matrices[at + 14] = pose[joint + 2]!;
      matrices[at + 15] = 1;
    }
    this.mesh.instanceMatrix.needsUpdate = true;
    this.darkness.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.dispose();
    this.material.dispose();
  }
}

/** The path of the root on the floor: faint as a whole, strong up to now, tinted where the whole body carries a word. */
export class Trail {
  readonly group = new THREE.Group();
  private readonly whole: THREE.Mesh;
  private readonly past: THREE.Mesh;
  private readonly colours: THREE.BufferAttribute;
  private readonly faint = new THREE.MeshBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.3 });
  private readonly strong = new THREE.MeshBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.9 });
  private readonly frames: number;
  private strengths: Float32Array | undefined;

  constructor(motion: Motion) {
    const stride = SKELETONS[motion.skeleton].joints.length * 3;
    this.frames = motion.frames;
    const positions = new Float32Array(motion.frames * 6);
    const index: number[] = [];
    let [sideX, sideZ] = [TRAIL_HALF_WIDTH, 0];
    for (let frame = 0; frame < motion.frames; frame++) {
      const before = Math.max(0, frame - 1) * stride;
      const after = Math.min(motion.frames - 1, frame + 1) * stride;
      const dx = motion.joints[after]! - motion.joints[before]!;
      const dz = motion.joints[after + 2]! - motion.joints[before + 2]!;
      const length = Math.hypot(dx, dz);
      if (length > 1e-4) {
        sideX = (-dz / length) * TRAIL_HALF_WIDTH;
        sideZ = (dx / length) * TRAIL_HALF_WIDTH;
      }
      const x = motion.joints[frame * stride]!;
      const z = motion.joints[frame * stride + 2]!;
      positions.set([x - sideX, 0.008, z - sideZ, x + sideX, 0.008, z + sideZ], frame * 6);
      if (frame > 0) {
        const at = frame * 2;
        index.push(at - 2, at - 1, at, at, at - 1, at + 1);
      }
    }
    const position = new THREE.BufferAttribute(positions, 3);
    this.colours = new THREE.BufferAttribute(new Float32Array(motion.frames * 6).fill(1), 3);
    const build = (material: THREE.Material): THREE.Mesh => {
      const geometry = new THREE.BufferGeometry();
      geometry.setAttribute("position", position);
      geometry.setAttribute("color", this.colours);
      geometry.setIndex(index);
      const mesh = new THREE.Mesh(geometry, material);
      mesh.frustumCulled = false;
      return mesh;
    };
    this.faint.side = this.strong.side = THREE.DoubleSide;
    this.faint.depthWrite = this.strong.depthWrite = false;
    this.whole = build(this.faint);
    this.past = build(this.strong);
    this.past.renderOrder = 1;
    this.group.add(this.whole, this.past);
  }

  setPosition(position: number): void {
    this.past.geometry.setDrawRange(0, Math.floor(Math.max(0, Math.min(this.frames - 1, position))) * 6);
  }

  /** Tint of each frame, 0 to 1, or undefined for none. */
  setStrengths(strengths: Float32Array | undefined, theme: Theme): void {
    this.strengths = strengths;
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    const colour = new THREE.Color();
    for (let frame = 0; frame < this.frames; frame++) {
      setSrgb(colour, theme.trail, theme.support, this.strengths?.[frame] ?? 0);
      this.colours.setXYZ(frame * 2, colour.r, colour.g, colour.b);
      this.colours.setXYZ(frame * 2 + 1, colour.r, colour.g, colour.b);
    }
    this.colours.needsUpdate = true;
  }

  dispose(): void {
    this.whole.geometry.dispose();
    this.past.geometry.dispose();
    this.faint.dispose();
    this.strong.dispose();
  }
}

/** A ring with an arrow head on the floor under the root: where the body faces. */
export class HeadingMark {
  readonly mesh: THREE.Mesh;
  private readonly material = new THREE.MeshBasicMaterial({ transparent: true, opacity: 0.85, side: THREE.DoubleSide });

  constructor() {
    const ring = new THREE.Shape().absarc(0, 0, 0.2, 0, Math.PI * 2, false);
    ring.holes.push(new THREE.Path().absarc(0, 0, 0.186, 0, Math.PI * 2, true));
    const arrow = new THREE.Shape();
    arrow.moveTo(-0.085, 0.195);
    arrow.lineTo(0, 0.33);
    arrow.lineTo(0.085, 0.195);
    arrow.quadraticCurveTo(0, 0.235, -0.085, 0.195);
    // The shape's +y becomes +z, the way a body with heading 0 faces.
    this.mesh = new THREE.Mesh(new THREE.ShapeGeometry([ring, arrow], 40).rotateX(Math.PI / 2), this.material);
    this.material.depthWrite = false;
    this.mesh.renderOrder = 1;
  }

  place(x: number, z: number, heading: number): void {
    this.mesh.position.set(x, 0.009, z);
    this.mesh.rotation.y = heading;
  }

  /** Tint 0 to 1 of the whole body; below 0 without a word. */
  setColour(theme: Theme, tint: number): void {
    const rest: Rgb = tint < 0 ? theme.trail : theme.muted;
    setSrgb(this.material.color, rest, theme.support, Math.max(0, tint));
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.material.dispose();
  }
}

/** Faint bones of the pose every 0.8 s. */
export class Ghosts {
  readonly mesh: THREE.InstancedMesh;
  private readonly material = new THREE.MeshBasicMaterial({ transparent: true, opacity: 0.3, depthWrite: false });
  private readonly sides: readonly ("left" | "right" | "middle")[];

  constructor(motion: Motion, mirrored: boolean, theme: Theme) {
    const { joints } = SKELETONS[motion.skeleton];
    const pairs = bones(motion.skeleton);
    const step = Math.max(1, Math.round(GHOST_SPACING * motion.fps), Math.ceil(motion.frames / GHOST_LIMIT));
    const count = Math.ceil(motion.frames / step);
    const pose = new Float32Array(joints.length * 3);
    this.mesh = new THREE.InstancedMesh(
      new THREE.CylinderGeometry(0.72, 1, 1, 6).translate(0, 0.5, 0),
      this.material,
      count * pairs.length,
    );
    this.mesh.frustumCulled = false;
    this.mesh.name = "ghosts";
    for (let ghost = 0; ghost < count; ghost++) {
      poseAt(motion, ghost * step, pose);
      pairs.forEach(([parent, child], bone) => {
        const at = (ghost * pairs.length + bone) * 16;
        writeBone(this.mesh.instanceMatrix.array as Float32Array, at, pose, parent * 3, child * 3, 0.011);
      });
    }
    this.sides = pairs.map(([, child]) => sideOfJoint(joints[child]!, mirrored));
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    const colour = new THREE.Color();
    for (let bone = 0; bone < this.mesh.count; bone++) {
      const side = this.sides[bone % this.sides.length]!;
      const tone = side === "middle" ? theme.neutral : theme[side];
      this.mesh.setColorAt(bone, setSrgb(colour, tone, tone, 0));
    }
    if (this.mesh.instanceColor) this.mesh.instanceColor.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    this.mesh.dispose();
    this.material.dispose();
  }
}
