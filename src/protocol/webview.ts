/**
 * The contract between the extension host and the motion panel (player, alignment, captions).
 *
 * The panel keeps intent only (frame, speed, camera, selected word); the host sends data again whenever a
 * panel says `ready`. Typed arrays travel untouched.
 */
import type { LoadedMotion } from "../core/motion/motion.js";
import type { DescribeResult, Range, SupportedAlignment } from "./engine.js";

/** Strings shown by the panel, localised by the host. Keys are those of `src/webview/strings.ts` defaults. */
export type PanelStrings = Readonly<Record<string, string>>;

/** Host to panel. */
export type ToPanel =
  | { readonly type: "strings"; readonly strings: PanelStrings }
  /** Show a motion. `key` identifies it; the same key again keeps frame and camera. */
  | {
      readonly type: "motion";
      readonly key: string;
      readonly title: string;
      readonly loaded: LoadedMotion;
      /** Half-open frames to start on and loop, for example a search hit's best moment. */
      readonly range?: Range;
      readonly autoplay: boolean;
    }
  /** Alignment of one text with the shown motion; undefined removes the overlay. */
  | {
      readonly type: "alignment";
      readonly key: string;
      readonly text: string;
      readonly alignment?: SupportedAlignment;
      /** The file line the text stands on, where it comes from a caption file. */
      readonly line?: number;
    }
  /** Select the word at this token index (cursor moved in the caption file); undefined frees it. */
  | { readonly type: "selectToken"; readonly token?: number }
  | {
      readonly type: "captions";
      readonly key: string;
      readonly own: readonly DescribeResult[];
      readonly retrieved: readonly DescribeResult[];
      /** Text of why there are none yet, for example while the folder is being indexed. */
      readonly note?: string;
    }
  | { readonly type: "playback"; readonly action: "toggle" | "play" | "pause" | "nextMoment" | "previousMoment" }
  /** The panel was hidden or shown again: it gives its WebGL context back while hidden. Optional. */
  | { readonly type: "visible"; readonly visible: boolean }
  | { readonly type: "busy"; readonly what?: string }
  | { readonly type: "error"; readonly message: string };

/** Panel to host. */
export type FromPanel =
  | { readonly type: "ready"; readonly state?: PanelState }
  /** Sent at most 10 times a second while playing, and on every seek. */
  | { readonly type: "frame"; readonly key: string; readonly frame: number; readonly playing: boolean }
  | { readonly type: "tokenSelected"; readonly token?: number }
  | { readonly type: "insertCaption"; readonly text: string }
  | { readonly type: "copyCaption"; readonly text: string }
  | { readonly type: "openCaption"; readonly path: string; readonly line: number }
  | { readonly type: "findDescriptions" }
  | { readonly type: "showLog" }
  | { readonly type: "state"; readonly state: PanelState }
  | { readonly type: "failed"; readonly message: string };

/** What survives a reload (setState/getState and the panel serializer). */
export interface PanelState {
  readonly motionPath?: string;
  readonly key?: string;
  readonly frame: number;
  readonly speed: number;
  readonly loop: boolean;
  readonly follow: boolean;
  readonly range?: Range;
  readonly text?: string;
  readonly token?: number;
  readonly heatMap: boolean;
  readonly mirror?: boolean;
  readonly ghosts?: boolean;
  readonly camera?: readonly number[];
}
