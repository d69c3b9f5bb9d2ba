/** Keys to commands. */

export type KeyCommand =
  | { readonly do: "toggle" }
  | { readonly do: "step"; readonly frames: number }
  | { readonly do: "first" | "last" }
  | { readonly do: "rangeStart" | "rangeEnd" }
  | { readonly do: "loop" | "follow" | "heatMap" | "mirror" | "ghosts" }
  | { readonly do: "view"; readonly view: "front" | "side" | "threeQuarter" }
  | { readonly do: "zoom"; readonly factor: number }
  | { readonly do: "word"; readonly by: 1 | -1 }
  | { readonly do: "free" };

export interface KeyInput {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
}

/** Where the focus is: some keys belong to the control that has it. */
export type FocusPlace = "page" | "button" | "toolbar" | "slider" | "entry";

const LETTERS: Readonly<Record<string, KeyCommand>> = {
  l: { do: "loop" },
  f: { do: "follow" },
  h: { do: "heatMap" },
  m: { do: "mirror" },
  g: { do: "ghosts" },
  "1": { do: "view", view: "front" },
  "2": { do: "view", view: "side" },
  "3": { do: "view", view: "threeQuarter" },
  "[": { do: "rangeStart" },
  "]": { do: "rangeEnd" },
  "+": { do: "zoom", factor: 1 / 1.2 },
  "=": { do: "zoom", factor: 1 / 1.2 },
  "-": { do: "zoom", factor: 1.2 },
};

/** Frames that an arrow key steps with Shift held. */
export const LONG_STEP = 10;

/**
 * The command of a key press, if it has one where the focus is. A button keeps Space, a toolbar its arrows,
 * Home and End too, a range bracket its arrows; an entry (dropdown) keeps every key.
 */
export function commandOf(input: KeyInput, place: FocusPlace): KeyCommand | undefined {
  if (input.ctrlKey || input.metaKey || place === "entry") return undefined;
  if (input.altKey) {
    if (input.key === "ArrowLeft" || input.key === "ArrowUp") return { do: "word", by: -1 };
    if (input.key === "ArrowRight" || input.key === "ArrowDown") return { do: "word", by: 1 };
    return undefined;
  }
  if (input.key === "Escape") return { do: "free" };
  const letter = LETTERS[input.key.toLowerCase()];
  if (letter) return letter;
  if (input.key === " ") return place === "page" || place === "slider" ? { do: "toggle" } : undefined;
  if (place === "toolbar" || place === "slider") return undefined;
  const step = input.shiftKey ? LONG_STEP : 1;
  switch (input.key) {
    case "ArrowLeft":
      return { do: "step", frames: -step };
    case "ArrowRight":
      return { do: "step", frames: step };
    case "Home":
      return { do: "first" };
    case "End":
      return { do: "last" };
    default:
      return undefined;
  }
}

/** What kind of control has the focus, for the keys it keeps to itself. */
export function placeOf(target: Element): FocusPlace {
  if (target.closest("vscode-dropdown, input, textarea, select, .heat-table:not(.visually-hidden)")) return "entry";
  if (target.closest(".bracket")) return "slider";
  if (target.closest("[role=toolbar], .caption-list")) return "toolbar";
  if (target.closest("button, vscode-button, vscode-checkbox")) return "button";
  return "page";
}
