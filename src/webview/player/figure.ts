/**
 * The skeleton as meshes: joints are spheres, bones tapered cylinders, all instanced. The left side is beaded,
 * so that the sides differ without colour too. Nothing is allocated per frame.
 */
import * as THREE from "three";
import type { SkeletonName } from "../../core/motion/motion.js";
import { SKELETONS, bones, partBones, partJoints } from "../../core/motion/skeletons.js";
import type { PartName } from "../../core/motion/parts.js";
import type { Rgb } from "../alignment/tint.js";
import type { Theme } from "../theme.js";

type Side = "left" | "right" | "middle";

/** Radii in metres. */
const JOINT_RADIUS = 0.03;
const HEAD_RADIUS = 0.085;
const BONE_RADIUS = 0.022;
const BEADS = 6;

/**
 * A bone along +y from 0 to 1, thicker where it starts. The beaded one has rings on a thin core: a shape that is
 * told from the plain one in any colour, on any background.
 */
function boneGeometry(beaded: boolean): THREE.BufferGeometry {
  if (!beaded) return new THREE.CylinderGeometry(0.72, 1, 1, 14).translate(0, 0.5, 0);
  const profile: THREE.Vector2[] = [];
  for (let band = 0; band < BEADS * 2; band++) {
    for (const edge of [band, band + 1]) {
      const y = edge / (BEADS * 2);
      profile.push(new THREE.Vector2((band % 2 === 0 ? 1.12 : 0.48) * (1 - 0.28 * y), y));
    }
  }
  return new THREE.LatheGeometry(profile, 14);
}

interface BoneSet {
  readonly mesh: THREE.InstancedMesh;
  /** Parent and child joint of each instance. */
  readonly parents: Int32Array;
  readonly children: Int32Array;
  readonly sides: readonly Side[];
}

export class Figure {
  readonly group = new THREE.Group();
  readonly jointCount: number;
  private readonly joints: THREE.InstancedMesh;
  private readonly boneSets: readonly BoneSet[];
  private readonly jointSides: readonly Side[];
  private readonly jointRadii: Float32Array;
  private readonly material: THREE.MeshLambertMaterial;
  /** Tint of each joint and of each bone (by child joint), 0 to 1; below 0 while no word is shown. */
  private readonly jointTints: Float32Array;
  private readonly boneTints: Float32Array;
  private readonly jointsOfParts: readonly (readonly number[])[];
  private readonly bonesOfParts: readonly (readonly number[])[];
  private readonly colour = new THREE.Color();

  /**
   * @param parts part names in the order of the tints that `tint` gets.
   * @param mirrored shows the body as its mirror image, sides exchanged.
   */
  constructor(
    private readonly skeleton: SkeletonName,
    parts: readonly string[],
    mirrored: boolean,
    private theme: Theme,
  ) {
    const { joints, body } = SKELETONS[skeleton];
    this.jointCount = joints.length;
    this.jointSides = joints.map((name) => sideOfJoint(name, mirrored));
    this.jointRadii = Float32Array.from(joints, (name, joint) =>
      joint === body.head ? HEAD_RADIUS : /foot|wrist/.test(name) ? JOINT_RADIUS * 0.9 : JOINT_RADIUS,
    );
    this.jointTints = new Float32Array(joints.length).fill(-1);
    this.boneTints = new Float32Array(joints.length).fill(-1);
    this.jointsOfParts = parts.map((part) => (part === "global" ? [] : partJoints(skeleton, part as PartName)));
    this.bonesOfParts = parts.map((part) =>
      part === "global" ? [] : partBones(skeleton, part as PartName).map(([, child]) => child),
    );
    this.material = new THREE.MeshLambertMaterial();
    this.joints = instanced(new THREE.SphereGeometry(1, 20, 14), this.material, joints.length, "joints");
    const all = bones(skeleton).map(([parent, child]) => ({ parent, child, side: this.jointSides[child]! }));
    this.boneSets = [
      this.boneSet(
        all.filter(({ side }) => side === "left"),
        true,
      ),
      this.boneSet(
        all.filter(({ side }) => side !== "left"),
        false,
      ),
    ];
    this.group.add(this.joints, ...this.boneSets.map(({ mesh }) => mesh));
    this.recolour();
  }

  private boneSet(members: readonly { parent: number; child: number; side: Side }[], beaded: boolean): BoneSet {
    return {
      mesh: instanced(boneGeometry(beaded), this.material, members.length, beaded ? "bones-left" : "bones"),
      parents: Int32Array.from(members, ({ parent }) => parent),
      children: Int32Array.from(members, ({ child }) => child),
      sides: members.map(({ side }) => side),
    };
  }

  /** Puts joints and bones to a pose: `pose[joint * 3 + axis]`, metres. */
  setPose(pose: Float32Array): void {
    const matrices = this.joints.instanceMatrix.array as Float32Array;
    for (let joint = 0; joint < this.jointCount; joint++) {
      const radius = this.jointRadii[joint]!;
      const at = joint * 16;
      matrices[at] = matrices[at + 5] = matrices[at + 10] = radius;
      matrices[at + 12] = pose[joint * 3]!;
      matrices[at + 13] = pose[joint * 3 + 1]!;
      matrices[at + 14] = pose[joint * 3 + 2]!;
      matrices[at + 15] = 1;
    }
    this.joints.instanceMatrix.needsUpdate = true;
    for (const { mesh, parents, children } of this.boneSets) {
      const array = mesh.instanceMatrix.array as Float32Array;
      for (let bone = 0; bone < parents.length; bone++) {
        writeBone(array, bone * 16, pose, parents[bone]! * 3, children[bone]! * 3, BONE_RADIUS);
      }
      mesh.instanceMatrix.needsUpdate = true;
    }
  }

  /** Shows the tints of the parts (0 to 1); undefined brings the colours of the sides back. */
  tint(partTints: Float32Array | undefined): void {
    this.jointTints.fill(partTints ? 0 : -1);
    this.boneTints.fill(partTints ? 0 : -1);
    if (partTints) {
      for (let part = 0; part < this.jointsOfParts.length; part++) {
        const tint = partTints[part] ?? 0;
        for (const joint of this.jointsOfParts[part]!) {
          if (tint > this.jointTints[joint]!) this.jointTints[joint] = tint;
        }
        for (const child of this.bonesOfParts[part]!) {
          if (tint > this.boneTints[child]!) this.boneTints[child] = tint;
        }
      }
    }
    this.recolour();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.recolour();
  }

  /** Strongest tint shown on any joint, for tests and the text summary; below 0 without a word. */
  get strongestTint(): number {
    let strongest = -1;
    for (const tint of this.jointTints) strongest = Math.max(strongest, tint);
    return strongest;
  }

  private recolour(): void {
    for (let joint = 0; joint < this.jointCount; joint++) {
      this.joints.setColorAt(joint, this.colourOf(this.jointSides[joint]!, this.jointTints[joint]!));
    }
    if (this.joints.instanceColor) this.joints.instanceColor.needsUpdate = true;
    for (const { mesh, children, sides } of this.boneSets) {
      for (let bone = 0; bone < children.length; bone++) {
        mesh.setColorAt(bone, this.colourOf(sides[bone]!, this.boneTints[children[bone]!]!));
      }
      if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
    }
  }

  private colourOf(side: Side, tint: number): THREE.Color {
    const { theme } = this;
    const own = side === "left" ? theme.left : side === "right" ? theme.right : theme.neutral;
    if (tint < 0) return setSrgb(this.colour, own, own, 0);
    return setSrgb(this.colour, theme.muted, theme.support, tint);
  }

  dispose(): void {
    this.group.removeFromParent();
    this.joints.geometry.dispose();
    this.joints.dispose();
    for (const { mesh } of this.boneSets) {
      mesh.geometry.dispose();
      mesh.dispose();
    }
    this.material.dispose();
  }

  get name(): SkeletonName {
    return this.skeleton;
  }
}

function instanced(
  geometry: THREE.BufferGeometry,
  material: THREE.Material,
  count: number,
  name: string,
): THREE.InstancedMesh {
  const mesh = new THREE.InstancedMesh(geometry, material, count);
  mesh.instanceMatrix.setUsage(THREE.DynamicDrawUsage);
  mesh.frustumCulled = false;
  mesh.name = name;
  return mesh;
}

/** Writes `mix(a, b, amount)` into a colour, without allocating. */
export function setSrgb(colour: THREE.Color, a: Rgb, b: Rgb, amount: number): THREE.Color {
  return colour.setRGB(
    a[0] + (b[0] - a[0]) * amount,
    a[1] + (b[1] - a[1]) * amount,
    a[2] + (b[2] - a[2]) * amount,
    THREE.SRGBColorSpace,
  );
}

/** The side a joint is drawn in, by its name. */
export function sideOfJoint(name: string, mirrored: boolean): Side {
  if (name.startsWith("left_")) return mirrored ? "right" : "left";
  if (name.startsWith("right_")) return mirrored ? "left" : "right";
  return "middle";
}

/**
 * Writes the matrix that lays the unit cylinder from one joint to another: y axis along the bone, any two
 * perpendicular axes beside it.
 */
export function writeBone(
  matrices: Float32Array,
  at: number,
  pose: Float32Array,
  from: number,
  to: number,
  radius: number,
): void {
  const x = pose[from]!;
  const y = pose[from + 1]!;
  const z = pose[from + 2]!;
  const dx = pose[to]! - x;
  const dy = pose[to + 1]! - y;
  const dz = pose[to + 2]! - z;
  const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const scale = length > 1e-6 ? 1 / length : 0;
  const uy = length > 1e-6 ? dy * scale : 1;
  const ux = dx * scale;
  const uz = dz * scale;
  // First perpendicular: cross product with x for upright bones, with y for the others.
  const upright = Math.abs(uy) > 0.9;
  let px = upright ? 0 : uz;
  let py = upright ? -uz : 0;
  let pz = upright ? uy : -ux;
  const norm = 1 / Math.sqrt(px * px + py * py + pz * pz);
  px *= norm;
  py *= norm;
  pz *= norm;
  matrices[at] = px * radius;
  matrices[at + 1] = py * radius;
  matrices[at + 2] = pz * radius;
  matrices[at + 3] = 0;
  matrices[at + 4] = dx;
  matrices[at + 5] = dy;
  matrices[at + 6] = dz;
  matrices[at + 7] = 0;
  // Second perpendicular = first × axis, which keeps the frame right-handed.
  matrices[at + 8] = (py * uz - pz * uy) * radius;
  matrices[at + 9] = (pz * ux - px * uz) * radius;
  matrices[at + 10] = (px * uy - py * ux) * radius;
  matrices[at + 11] = 0;
  matrices[at + 12] = x;
  matrices[at + 13] = y;
  matrices[at + 14] = z;
  matrices[at + 15] = 1;
}
