/**
 * Every text of the panel. The host may send translations of some or all keys; `{0}`, `{1}` stand for values.
 */
import type { PanelStrings } from "../protocol/webview.js";

export const DEFAULT_STRINGS = {
  "toolbar.label": "Playback and view",
  "toolbar.play": "Play (Space)",
  "toolbar.pause": "Pause (Space)",
  "toolbar.previousFrame": "Previous frame (Left arrow, with Shift 10 frames)",
  "toolbar.nextFrame": "Next frame (Right arrow, with Shift 10 frames)",
  "toolbar.speed": "Playback speed",
  "toolbar.speedValue": "{0}×",
  "toolbar.loop": "Loop (L)",
  "toolbar.follow": "Camera follows the body (F)",
  "toolbar.front": "Look at the body from the front (1)",
  "toolbar.side": "Look at the body from its left side (2)",
  "toolbar.mirror": "Mirror the view; the file stays as it is (M)",
  "toolbar.ghosts": "Show a pose every 0.8 seconds (G)",
  "toolbar.heatMap": "Heat map of body parts over time (H)",
  "readout.frame": "Frame {0} of {1}",
  "readout.seconds": "{0} / {1} s",
  "stage.label": "Motion player. Space plays, arrow keys step frames, Alt and arrow keys choose a word.",
  "stage.canvas": "Moving skeleton of {0}: {1} joints, {2} frames at {3} frames per second",
  "stage.left": "left",
  "stage.right": "right",
  "stage.legend": "Colours and styles of the body's sides",
  "stage.mirrored": "Mirrored view: left and right are exchanged here, not in the file",
  "stage.noWebgl":
    "This window can't draw in 3D: WebGL is not available. Turn on hardware acceleration, or look at the heat map and captions below.",
  "stage.contextLost": "The graphics driver stopped drawing; the picture comes back by itself.",
  "stage.empty": "No motion is open yet.",
  "stage.notes": "{0} notes",
  "stage.note": "1 note",
  "summary.frame": "Frame {0} of {1}, {2} of {3} seconds.",
  "summary.playing": "Playing at {0}×.",
  "summary.paused": "Paused.",
  "summary.word": "Chosen word: {0}, strongest in {1} at {2} seconds.",
  "summary.now": "Strongest word now: {0} ({1}).",
  "timeline.label": "Time",
  "timeline.position": "Position in the motion",
  "timeline.rangeStart": "Start of the loop ([)",
  "timeline.rangeEnd": "End of the loop (])",
  "timeline.clearRange": "Play the whole motion (Escape)",
  "timeline.frameValue": "Frame {0}, {1} seconds",
  "timeline.support": "Support",
  "timeline.supportOver": "Support of the caption over time",
  "timeline.supportOf": "“{0}”",
  "timeline.supportOfOver": "Support of “{0}” over time",
  "words.label": "Words of the caption; Alt and arrow keys choose one, Escape frees it",
  "words.score": "Match {0}",
  "words.scoreTitle": "How well the whole caption fits the motion: the score by which it is ranked",
  "words.percentile": "Stronger than for {0} % of motions.",
  "words.weak": "Weaker than for most motions: nothing here clearly shows this word.",
  "words.neutral": "Names no movement, so it is not judged.",
  "words.noPercentile": "No index to compare with: the tint follows the score alone.",
  "words.strongest": "Strongest in {0}, {1}–{2} s; score {3}.",
  "words.beyond": "{0} % of its score comes from the whole motion, from no single part.",
  "words.wholeOnly":
    "This model has one vector for a whole motion: it ranks, but can't say which word is carried by which part of the body, or when.",
  "words.none": "No words of this caption could be scored.",
  "words.legendLow": "weak",
  "words.legendHigh": "strong",
  "heat.label": "Body parts over time for {0}",
  "heat.allWords": "all words",
  "heat.word": "“{0}”",
  "heat.cell": "{0}, {1}–{2} s: {3}",
  "heat.cellWord": "{0}, {1}–{2} s: {3} for “{4}”",
  "heat.asTable": "Show as table",
  "heat.part": "Body part",
  "heat.seconds": "{0}–{1} s",
  "heat.whole": "Whole motion",
  "part.global": "whole body",
  "part.pelvis": "pelvis",
  "part.right_hip": "right thigh",
  "part.left_hip": "left thigh",
  "part.right_knee": "right shank",
  "part.left_knee": "left shank",
  "part.right_ankle": "right foot",
  "part.left_ankle": "left foot",
  "part.lumbar": "spine",
  "part.neck": "head",
  "part.right_shoulder": "right upper arm",
  "part.left_shoulder": "left upper arm",
  "part.right_elbow": "right forearm",
  "part.left_elbow": "left forearm",
  "mannequin.label": "Where {0} is supported on the body",
  "mannequin.hint": "Choose a word to see which parts of the body carry it.",
  "captions.own": "Own captions",
  "captions.retrieved": "Captions that fit",
  "captions.rank": "Rank {0}",
  "captions.score": "Score {0}",
  "captions.ownMark": "own",
  "captions.insert": "Insert this caption",
  "captions.copy": "Copy this caption",
  "captions.open": "Open {0}, line {1}",
  "captions.find": "Find descriptions",
  "captions.none": "No captions yet.",
  "error.log": "Show log",
  "error.dismiss": "Dismiss",
  "error.panel": "The panel stopped working: {0}",
  "error.message": "The panel got a message it can't read ({0}).",
} as const;

export type StringKey = keyof typeof DEFAULT_STRINGS;

let current: PanelStrings = DEFAULT_STRINGS;

/** Replaces texts by the host's; keys it doesn't send keep their English text. */
export function setStrings(strings: PanelStrings): void {
  current = { ...DEFAULT_STRINGS, ...strings };
}

/** The text of a key with its values filled in. */
export function t(key: StringKey, ...values: readonly (string | number)[]): string {
  const text = current[key] ?? DEFAULT_STRINGS[key];
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}

/** The name of a body part in the user's words; an unknown part keeps its own name. */
export function partLabel(part: string): string {
  const key = `part.${part}`;
  return key in DEFAULT_STRINGS ? t(key as StringKey) : part.replaceAll("_", " ");
}
