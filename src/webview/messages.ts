/** What comes from the host and from saved state is looked at before it is believed. */
import { SKELETONS } from "../core/motion/skeletons.js";
import type { PanelState, ToPanel } from "../protocol/webview.js";

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isRange(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((edge) => Number.isFinite(edge));
}

const isText = (value: unknown): boolean => typeof value === "string";
const isOptional = (value: unknown, check: (value: unknown) => boolean): boolean => value === undefined || check(value);

/** What is wrong with a motion; undefined when it can be drawn. */
function motionFault(loaded: unknown): string | undefined {
  if (!isObject(loaded) || !isObject(loaded.motion) || !isObject(loaded.info)) return "no motion";
  const { joints, frames, fps, skeleton } = loaded.motion;
  if (typeof skeleton !== "string" || !(skeleton in SKELETONS)) return `unknown skeleton ${String(skeleton)}`;
  if (!Number.isInteger(frames) || (frames as number) < 1) return "no frames";
  if (typeof fps !== "number" || !(fps > 0)) return "no frame rate";
  const wanted = (frames as number) * SKELETONS[skeleton as keyof typeof SKELETONS].joints.length * 3;
  if (!(joints instanceof Float32Array) || joints.length !== wanted) return "joints that do not fit the frame count";
  return undefined;
}

function alignmentFault(alignment: unknown): string | undefined {
  if (alignment === undefined) return undefined;
  if (!isObject(alignment)) return "no alignment";
  const { tokens, parts, times, matrix, support } = alignment;
  if (![tokens, parts, times, matrix, support].every(Array.isArray)) return "an incomplete alignment";
  const [rows, columns] = [times as unknown[], parts as unknown[]];
  if ((matrix as unknown[]).length !== (tokens as unknown[]).length) return "an alignment matrix of the wrong size";
  if (!rows.every(isRange)) return "time steps that are no ranges";
  const complete = (matrix as unknown[][][]).every(
    (token) =>
      Array.isArray(token) &&
      token.length === rows.length &&
      token.every((row) => Array.isArray(row) && row.length === columns.length),
  );
  return complete ? undefined : "an alignment matrix of the wrong size";
}

/** The message, or a few words that say what is wrong with it. */
export function readMessage(data: unknown): ToPanel | string {
  if (!isObject(data) || typeof data.type !== "string") return "no type";
  const fault = faultOf(data);
  return fault === undefined ? (data as unknown as ToPanel) : `${data.type}: ${fault}`;
}

function faultOf(data: Fields): string | undefined {
  switch (data.type) {
    case "strings":
      return isObject(data.strings) ? undefined : "no strings";
    case "motion":
      if (!isText(data.key) || !isText(data.title)) return "no key or title";
      if (!isOptional(data.range, isRange)) return "a broken range";
      return motionFault(data.loaded);
    case "alignment":
      if (!isText(data.key) || !isText(data.text)) return "no key or text";
      return alignmentFault(data.alignment);
    case "selectToken":
      return isOptional(data.token, Number.isInteger) ? undefined : "a broken token";
    case "captions":
      return isText(data.key) && Array.isArray(data.own) && Array.isArray(data.retrieved) ? undefined : "no lists";
    case "playback":
      return isText(data.action) ? undefined : "no action";
    case "visible":
      return typeof data.visible === "boolean" ? undefined : "no answer";
    case "busy":
      return isOptional(data.what, isText) ? undefined : "a broken text";
    case "error":
      return isText(data.message) ? undefined : "no text";
    default:
      return "unknown type";
  }
}

/** Saved state with every field checked; broken fields are left out. */
export function readState(saved: unknown): PanelState | undefined {
  if (!isObject(saved) || !Number.isFinite(saved.frame)) return undefined;
  const text = (name: string) => (isText(saved[name]) ? (saved[name] as string) : undefined);
  const flag = (name: string, otherwise: boolean) =>
    typeof saved[name] === "boolean" ? (saved[name] as boolean) : otherwise;
  const speed = saved.speed as number;
  const camera = saved.camera;
  return {
    motionPath: text("motionPath"),
    key: text("key"),
    frame: Math.max(0, Math.round(saved.frame as number)),
    speed: Number.isFinite(speed) && speed > 0 && speed <= 8 ? speed : 1,
    loop: flag("loop", true),
    follow: flag("follow", true),
    range: isRange(saved.range) ? (saved.range as unknown as [number, number]) : undefined,
    text: text("text"),
    token: Number.isInteger(saved.token) ? (saved.token as number) : undefined,
    heatMap: flag("heatMap", false),
    mirror: flag("mirror", false),
    ghosts: flag("ghosts", false),
    camera:
      Array.isArray(camera) && camera.length === 6 && camera.every((value) => Number.isFinite(value))
        ? (camera as number[])
        : undefined,
  };
}
