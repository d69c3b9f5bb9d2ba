/**
 * A strict look at the text of a BVH file before it is given to the loader, which reports most faults to the
 * console only and would go on with wrong numbers.
 */

export class BvhError extends Error {
  override readonly name = "BvhError";
}

export interface BvhBone {
  readonly name: string;
  /** Index of the parent bone; -1 for the root. */
  readonly parent: number;
  readonly endSite: boolean;
  readonly offset: readonly [number, number, number];
  readonly channels: readonly string[];
  /**
   * Whether the position channels of a bone other than the root replace its offset, as many exporters write
   * them, rather than add to it.
   */
  positionsHoldOffset: boolean;
}

export interface BvhText {
  /** From `HIERARCHY` to the last brace. */
  readonly hierarchy: string;
  /** In file order, end sites included. */
  readonly bones: readonly BvhBone[];
  readonly frames: number;
  /** Seconds. */
  readonly frameTime: number;
  /** One per frame; each has as many finite numbers as there are channels. */
  readonly frameLines: readonly string[];
}

const CHANNELS = ["Xposition", "Yposition", "Zposition", "Xrotation", "Yrotation", "Zrotation"];
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DEEPEST = 200;
const MOST_BONES = 2000;

/** A line that is not blank. Its words are made when asked for: long files have millions. */
class Line {
  constructor(
    readonly number: number,
    readonly text: string,
  ) {}

  get words(): string[] {
    return this.text.split(/\s+/);
  }
}

/** Larger files are refused. */
const MOST_CHARACTERS = 256 * 1024 * 1024;

/** @throws BvhError naming the line. */
export function scanBvh(content: string): BvhText {
  if (content.length > MOST_CHARACTERS) {
    throw new BvhError(`The file is larger than the ${MOST_CHARACTERS / 2 ** 20} MB that can be read as BVH.`);
  }
  const lines = content
    .split(/\r\n|\n|\r/)
    .map((text, index) => new Line(index + 1, text.trim()))
    .filter(({ text }) => text !== "");
  if (lines[0]?.text !== "HIERARCHY") {
    throw new BvhError("This is not a BVH file: it does not start with HIERARCHY.");
  }
  const { bones, next } = scanHierarchy(lines);
  return { hierarchy: joinLines(lines.slice(0, next)), bones, ...scanFrames(lines, next, bones) };
}

function joinLines(lines: readonly Line[]): string {
  return lines.map(({ text }) => text).join("\n");
}

function fault(line: Line | undefined, expected: string): BvhError {
  if (line === undefined) return new BvhError(`The file is cut short: ${expected} is missing.`);
  return new BvhError(`Line ${line.number}: expected ${expected}, found "${line.text.slice(0, 60)}".`);
}

function scanHierarchy(lines: readonly Line[]): { bones: BvhBone[]; next: number } {
  const bones: BvhBone[] = [];
  const open: number[] = [];
  let at = 1;
  do {
    const line = lines[at];
    if (line?.text === "}" && open.length > 0) {
      open.pop();
      at++;
      continue;
    }
    const bone = scanBone(lines, at, open.at(-1) ?? -1, bones);
    bones.push(bone);
    open.push(bones.length - 1);
    if (open.length > DEEPEST || bones.length > MOST_BONES) throw new BvhError("The skeleton has far too many bones.");
    at += bone.endSite ? 3 : 4;
  } while (open.length > 0);
  return { bones, next: at };
}

/** Name, brace, offset and channels of a bone that starts at line `at`. */
function scanBone(lines: readonly Line[], at: number, parent: number, bones: readonly BvhBone[]): BvhBone {
  const head = lines[at];
  const [keyword = "", ...rest] = head?.words ?? [];
  const endSite = keyword.toUpperCase() === "END" && rest[0]?.toUpperCase() === "SITE";
  const expected = parent < 0 ? "ROOT with a name" : "JOINT with a name, End Site or }";
  const fits = parent < 0 ? keyword === "ROOT" : keyword === "JOINT" || endSite;
  if (!fits || rest.length === 0 || bones[parent]?.endSite) throw fault(head, expected);
  if (lines[at + 1]?.text !== "{") throw fault(lines[at + 1], "{");

  const offset = lines[at + 2];
  const numbers = offset?.words.slice(1) ?? [];
  if (offset?.words[0] !== "OFFSET" || numbers.length !== 3 || !numbers.every((word) => NUMBER.test(word))) {
    throw fault(offset, "OFFSET with three numbers");
  }
  const channels = endSite ? [] : scanChannels(lines[at + 3]);
  return {
    name: endSite ? `${bones[parent]!.name} end` : rest.join(" "),
    parent,
    endSite,
    offset: numbers.map(Number) as [number, number, number],
    channels,
    positionsHoldOffset: false,
  };
}

function scanChannels(line: Line | undefined): string[] {
  const [keyword, count, ...channels] = line?.words ?? [];
  if (keyword !== "CHANNELS" || Number(count) !== channels.length)
    throw fault(line, "CHANNELS with their number and names");
  const known = channels.every((channel, index) => CHANNELS.includes(channel) && channels.indexOf(channel) === index);
  if (!known) throw fault(line, `channels among ${CHANNELS.join(", ")}, each once`);
  return channels;
}

function scanFrames(
  lines: readonly Line[],
  next: number,
  bones: readonly BvhBone[],
): Omit<BvhText, "hierarchy" | "bones"> {
  const [motion, counts, time] = lines.slice(next, next + 3);
  if (motion?.text !== "MOTION") throw fault(motion, "MOTION");
  const frames = Number(counts?.words[1]);
  if (counts?.words[0] !== "Frames:" || counts.words.length !== 2 || !/^\d+$/.test(counts.words[1]!)) {
    throw fault(counts, "Frames: with a whole number");
  }
  const frameTime = Number(time?.words[2]);
  const timeFits = time?.words.slice(0, 2).join(" ") === "Frame Time:" && time.words.length === 3;
  if (!timeFits || !NUMBER.test(time.words[2]!)) throw fault(time, "Frame Time: with a number of seconds");
  // 1 to 10,000 frames a second: beyond that it is no frame time.
  if (!(frameTime >= 1e-4 && frameTime <= 1))
    throw new BvhError(`The frame time of ${time.words[2]} s is not plausible.`);
  if (frames === 0) throw new BvhError("The motion has no frames.");
  const rows = lines.slice(next + 3);
  if (rows.length !== frames) {
    throw new BvhError(`The file announces ${frames} frames and holds ${rows.length}.`);
  }
  const width = bones.reduce((sum, bone) => sum + bone.channels.length, 0);
  const deviations = bones.map(() => 0);
  for (const row of rows) {
    const words = row.words;
    if (words.length !== width) {
      throw new BvhError(
        `Line ${row.number}: the frame has ${words.length} numbers, the skeleton has ${width} channels.`,
      );
    }
    const wrong = words.find((word) => !NUMBER.test(word) || !Number.isFinite(Number(word)));
    if (wrong !== undefined) throw new BvhError(`Line ${row.number}: "${wrong.slice(0, 40)}" is not a number.`);
    addDeviations(words, bones, deviations);
  }
  bones.forEach((bone, index) => {
    const length = Math.hypot(...bone.offset);
    bone.positionsHoldOffset =
      bone.parent >= 0 && length > 0 && bone.channels.some(isPosition) && deviations[index]! / frames < length / 2;
  });
  return { frames, frameTime, frameLines: rows.map(({ text }) => text) };
}

function isPosition(channel: string): boolean {
  return channel.endsWith("position");
}

/** Adds, for each bone with position channels, how far its position is from its offset. */
function addDeviations(words: readonly string[], bones: readonly BvhBone[], deviations: number[]): void {
  let at = 0;
  bones.forEach((bone, index) => {
    const difference = [0, 0, 0];
    bone.channels.forEach((channel, channelIndex) => {
      const axis = "XYZ".indexOf(channel[0]!);
      if (isPosition(channel)) difference[axis] = Number(words[at + channelIndex]) - bone.offset[axis]!;
    });
    at += bone.channels.length;
    deviations[index]! += Math.hypot(...difference);
  });
}
