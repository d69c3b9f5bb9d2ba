/** A walking body made by hand, for both skeletons, with an alignment whose truth is known. */
import type { Motion, SkeletonName } from "../../../src/core/motion/motion.js";
import { PART_NAMES } from "../../../src/core/motion/parts.js";
import { SKELETONS, jointCount } from "../../../src/core/motion/skeletons.js";
import type { Range, SupportedAlignment } from "../../../src/protocol/engine.js";

type Point = readonly [x: number, y: number, z: number];

const add = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
/** A limb of some length that hangs down, swung forwards by an angle. */
const hang = (length: number, swing: number): Point => [0, -length * Math.cos(swing), length * Math.sin(swing)];

/** Joints by name at one moment: walking along +z, one step a second, and a kick with the left leg from 4 s to 5 s. */
function poseBody(seconds: number): Map<string, Point> {
  const phase = seconds * Math.PI * 2 * 0.9;
  const kick = seconds > 4 && seconds < 5 ? Math.sin((seconds - 4) * Math.PI) : 0;
  const root: Point = [0.25 * Math.sin(seconds * 0.8), 0.93 + 0.02 * Math.cos(phase * 2), 0.9 * Math.min(seconds, 4)];
  const body = new Map<string, Point>([["pelvis", root]]);
  const spine = [0.11, 0.13, 0.08, 0.2];
  let at = root;
  ["spine1", "spine2", "spine3", "neck"].forEach((name, index) => {
    at = add(at, [0, spine[index]!, 0.008]);
    body.set(name, at);
  });
  body.set("head", add(at, [0, 0.13, 0.05]));
  for (const side of ["left", "right"] as const) {
    const out = side === "left" ? 1 : -1;
    const walk = seconds < 4 ? 0.5 * Math.sin(side === "left" ? phase : phase + Math.PI) : 0;
    const swing = side === "left" ? walk + 1.25 * kick : walk;
    const bend = Math.max(0, -walk) * 0.9 + 0.08;
    const hip = add(root, [0.09 * out, -0.07, 0]);
    const knee = add(hip, hang(0.41, swing));
    const ankle = add(knee, hang(0.4, swing - bend));
    body.set(`${side}_hip`, hip);
    body.set(`${side}_knee`, knee);
    body.set(`${side}_ankle`, ankle);
    body.set(`${side}_foot`, add(ankle, [0.02 * out, -0.05, 0.13]));
    const chest = body.get("spine3")!;
    const collar = add(chest, [0.06 * out, 0.12, 0]);
    const shoulder = add(collar, [0.11 * out, 0.02, 0]);
    const elbow = add(shoulder, hang(0.27, -walk * 0.8));
    body.set(`${side}_collar`, collar);
    body.set(`${side}_shoulder`, shoulder);
    body.set(`${side}_elbow`, elbow);
    body.set(`${side}_wrist`, add(elbow, hang(0.25, -walk * 0.8 + 0.5)));
  }
  return body;
}

/** Names that KIT's joints have in the body above. */
const KIT_SOURCES: Readonly<Record<string, string>> = {
  root: "pelvis",
  pelvis: "spine1",
  neck: "spine3",
  upper_neck: "neck",
  right_midfoot: "right_foot",
  left_midfoot: "left_foot",
};

export function walkingMotion(skeleton: SkeletonName, frames = 120): Motion {
  const { joints: names, assumedFps: fps } = SKELETONS[skeleton];
  const joints = new Float32Array(frames * jointCount(skeleton) * 3);
  for (let frame = 0; frame < frames; frame++) {
    const body = poseBody(frame / fps);
    names.forEach((name, joint) => {
      const source = skeleton === "kit21" ? (KIT_SOURCES[name] ?? name) : name;
      joints.set(body.get(source)!, (frame * names.length + joint) * 3);
    });
  }
  return { joints, frames, fps, skeleton };
}

export const CAPTION = "a person walks forward, then kicks with the left leg and claps";

interface Truth {
  readonly token: string;
  readonly start: number;
  readonly support: number | undefined;
  /** Best score, and where: parts and time steps. */
  readonly peak: number;
  readonly parts: readonly string[];
  readonly times: readonly number[];
}

/** What each token of the caption finds; "kicks" comes as two word pieces. */
const TRUTHS: readonly Truth[] = [
  { token: "a", start: 0, support: 0.52, peak: 0.3, parts: ["global"], times: [0] },
  { token: "person", start: 2, support: 0.55, peak: 0.35, parts: ["lumbar"], times: [1] },
  {
    token: "walks",
    start: 9,
    support: 0.93,
    peak: 0.82,
    parts: ["global", "left_hip", "right_hip", "left_knee"],
    times: [0, 1, 2, 3, 4],
  },
  { token: "forward", start: 15, support: 0.86, peak: 0.71, parts: ["global", "pelvis"], times: [1, 2, 3] },
  { token: "then", start: 24, support: 0.6, peak: 0.4, parts: ["global"], times: [5] },
  { token: "kick", start: 29, support: 0.98, peak: 0.9, parts: ["left_ankle", "left_knee"], times: [5, 6] },
  { token: "##s", start: 33, support: 0.94, peak: 0.8, parts: ["left_knee"], times: [5] },
  { token: "with", start: 35, support: 0.55, peak: 0.33, parts: ["pelvis"], times: [5] },
  { token: "the", start: 40, support: 0.5, peak: 0.3, parts: ["global"], times: [3] },
  { token: "left", start: 44, support: 0.95, peak: 0.78, parts: ["left_hip", "left_knee", "left_ankle"], times: [5] },
  { token: "leg", start: 49, support: 0.9, peak: 0.74, parts: ["left_knee", "right_knee"], times: [2, 5] },
  { token: "and", start: 53, support: 0.57, peak: 0.31, parts: ["neck"], times: [6] },
  { token: "claps", start: 57, support: 0.12, peak: 0.25, parts: ["right_elbow", "left_elbow"], times: [6] },
];

/** Frames of a time step: 0.8 s, the last one cut at the end of the motion. */
export function timeSteps(frames: number, fps: number): Range[] {
  const step = fps * 0.8;
  return Array.from({ length: Math.ceil(frames / step) }, (_, time) => [
    Math.round(time * step),
    Math.min(frames, Math.round((time + 1) * step)),
  ]);
}

export function syntheticAlignment(motion: Motion, withIndex = true): SupportedAlignment {
  const times = timeSteps(motion.frames, motion.fps);
  const matrix = TRUTHS.map((truth, token) =>
    times.map((_, time) =>
      PART_NAMES.map((part, column) => {
        const noise = 0.05 * Math.sin(token * 7.1 + time * 3.7 + column * 1.9);
        const inPart = truth.parts.indexOf(part);
        if (inPart < 0 || !truth.times.includes(time)) return 0.12 + noise;
        // The first part and the first time step named carry the peak.
        return truth.peak - 0.07 * inPart - 0.03 * truth.times.indexOf(time);
      }),
    ),
  );
  return {
    score: 0.61,
    tokens: TRUTHS.map(({ token, start, peak }) => ({
      token,
      chars: [start, start + token.replace("##", "").length],
      score: peak,
      beyondGrid: token === "forward" ? 0.93 : undefined,
    })),
    parts: [...PART_NAMES],
    times,
    matrix,
    support: TRUTHS.map(({ support }) => (withIndex ? support : undefined)),
  };
}

export function captionResults() {
  const retrieved = [
    ["a man strolls ahead and kicks out with his left foot", 0.644],
    ["someone walks and then kicks a ball", 0.627],
    [
      "a person walks forwards, stops and kicks once with the left leg, holding the arms close to the body all the time",
      0.598,
    ],
    ["the figure steps forward slowly", 0.541],
    ["a person does a high kick", 0.52],
  ] as const;
  return {
    own: [{ text: CAPTION, path: "texts/000012.txt", line: 1, score: 0.61, rank: 3, own: true }],
    retrieved: retrieved.map(([text, score], index) => ({
      text,
      path: `texts/0000${20 + index}.txt`,
      line: index + 1,
      score,
      rank: index < 2 ? index + 1 : index + 2,
      own: false,
    })),
  };
}
