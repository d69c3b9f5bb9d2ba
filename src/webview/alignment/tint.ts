/**
 * Numbers and theme colours to tints: one sequential scale for support, one colour pair for the sides.
 * Colours are sRGB triples in 0..1.
 */
import { UNSUPPORTED_BELOW } from "../../core/captions/neutral-words.js";
import { relativeStrength, type Word, type WordSignal } from "./words.js";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Cosines that stand for no and full support where no index gives percentiles. */
const SCORE_FLOOR = 0.1;
const SCORE_CEILING = 0.8;

/**
 * How strongly a word is tinted, 0 to 1: its percentile above the unsupported mark, else its scaled score.
 * Neutral words ("the") never are.
 */
export function supportLevel(word: Pick<Word, "score" | "support" | "neutral">): number {
  if (word.neutral) return 0;
  if (word.support !== undefined) return clamp01((word.support - UNSUPPORTED_BELOW) / (1 - UNSUPPORTED_BELOW));
  return clamp01((word.score - SCORE_FLOOR) / (SCORE_CEILING - SCORE_FLOOR));
}

/** Whether the word is weaker than for most motions; of neutral words and without an index nobody can say, so false. */
export function isUnsupported(word: Pick<Word, "support" | "neutral">): boolean {
  return !word.neutral && word.support !== undefined && word.support < UNSUPPORTED_BELOW;
}

/**
 * Tint of a patch, 0 to 1, for drawing: the relative strength with its lower half pressed down, so that the
 * parts that carry a word stand out from those that merely move along.
 */
export function patchTint(signal: WordSignal, value: number): number {
  const strength = relativeStrength(signal, value);
  return strength * strength * (3 - 2 * strength);
}

/** Writes the tint of every part at a time step into `out` (one entry per part of the grid). */
export function partTintsAt(signal: WordSignal, time: number, out: Float32Array): void {
  for (let part = 0; part < signal.parts; part++) {
    out[part] = patchTint(signal, signal.patches[time * signal.parts + part] ?? Number.NEGATIVE_INFINITY);
  }
}

/** Writes each part's strongest tint over all time into `out`. */
export function partTintsOverall(signal: WordSignal, out: Float32Array): void {
  out.fill(0);
  for (let at = 0; at < signal.patches.length; at++) {
    const part = at % signal.parts;
    out[part] = Math.max(out[part]!, patchTint(signal, signal.patches[at]!));
  }
}

/** Reads `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()` and `rgba()`; alpha is laid over `under`. Undefined for anything else. */
export function parseColour(text: string, under?: Rgb): Rgb | undefined {
  const value = text.trim();
  const hex = /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(value)?.[1];
  if (hex) {
    const digits = hex.length < 6 ? [...hex].map((digit) => digit + digit).join("") : hex;
    const channels = [0, 2, 4, 6].map((at) => Number.parseInt(digits.slice(at, at + 2) || "ff", 16) / 255);
    return over([channels[0]!, channels[1]!, channels[2]!], channels[3]!, under);
  }
  const call = /^rgba?\(([^)]*)\)$/i.exec(value)?.[1];
  if (!call) return undefined;
  const numbers = call
    .split(/[\s,/]+/)
    .filter((part) => part !== "")
    .map((part) => (part.endsWith("%") ? Number(part.slice(0, -1)) / 100 : Number(part)));
  if (numbers.length < 3 || numbers.some((number) => !Number.isFinite(number))) return undefined;
  return over([numbers[0]! / 255, numbers[1]! / 255, numbers[2]! / 255], numbers[3] ?? 1, under);
}

function over(colour: Rgb, alpha: number, under: Rgb | undefined): Rgb {
  return under && alpha < 1 ? mix(under, colour, alpha) : colour;
}

/** Linear mix in sRGB: `amount` 0 gives `a`, 1 gives `b`. */
export function mix(a: Rgb, b: Rgb, amount: number): Rgb {
  return [a[0] + (b[0] - a[0]) * amount, a[1] + (b[1] - a[1]) * amount, a[2] + (b[2] - a[2]) * amount];
}

export function cssColour(colour: Rgb): string {
  return `rgb(${colour.map((channel) => Math.round(clamp01(channel) * 255)).join(", ")})`;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

/** Relative luminance as WCAG 2 defines it. */
export function luminance(colour: Rgb): number {
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

/** WCAG 2 contrast ratio, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/**
 * How a red-blind and a green-blind eye see a colour (Vienot, Brettel and Mollon 1999, linear RGB), as linear RGB.
 */
function dichromatViews(colour: Rgb): readonly Rgb[] {
  const [r, g, b] = [linear(colour[0]), linear(colour[1]), linear(colour[2])];
  const protan = 0.11238 * r + 0.88762 * g;
  const deutan = 0.29275 * r + 0.70725 * g;
  return [
    [r, g, b],
    [protan, protan, 0.00401 * r - 0.00401 * g + b],
    [deutan, deutan, -0.02234 * r + 0.02234 * g + b],
  ];
}

/** The smallest distance (cube root of linear RGB, roughly perceptual) between two colours for any of three eyes. */
export function distinctness(a: Rgb, b: Rgb): number {
  const seen = dichromatViews(a);
  const other = dichromatViews(b);
  return Math.min(
    ...seen.map((view, eye) =>
      Math.hypot(
        ...view.map((channel, at) => Math.cbrt(Math.max(0, channel)) - Math.cbrt(Math.max(0, other[eye]![at]!))),
      ),
    ),
  );
}

export interface SidePair {
  readonly left: Rgb;
  readonly right: Rgb;
}

/** Blue and orange keep apart for every common kind of colour blindness. */
const DARK_PAIR: SidePair = { left: [0.306, 0.647, 1], right: [1, 0.612, 0.224] };
const LIGHT_PAIR: SidePair = { left: [0, 0.365, 0.71], right: [0.706, 0.306, 0] };

/** Least contrast of graphics to the background (WCAG 2, 1.4.11), and what high contrast themes promise. */
const MIN_CONTRAST = 3;
const HIGH_CONTRAST = 5;
/** Least distance to each other that theme colours must have to be used. */
const MIN_DISTINCTNESS = 0.25;

/**
 * The theme's blue and orange where they are such (some themes give two blues), can be told apart and seen on the
 * background; else a safe pair of our own.
 */
export function sidePair(background: Rgb, themeBlue?: Rgb, themeOrange?: Rgb, highContrast = false): SidePair {
  const least = highContrast ? HIGH_CONTRAST : MIN_CONTRAST;
  if (
    themeBlue &&
    themeOrange &&
    themeBlue[2] > themeBlue[0] &&
    themeOrange[0] > themeOrange[2] &&
    contrast(themeBlue, background) >= least &&
    contrast(themeOrange, background) >= least &&
    distinctness(themeBlue, themeOrange) >= MIN_DISTINCTNESS
  ) {
    return { left: themeBlue, right: themeOrange };
  }
  return luminance(background) < 0.2 ? DARK_PAIR : LIGHT_PAIR;
}

/** The colour of full support: the theme's green where it stands out from the background, else one that does. */
export function supportColour(background: Rgb, themeGreen?: Rgb): Rgb {
  if (themeGreen && contrast(themeGreen, background) >= MIN_CONTRAST) return themeGreen;
  return luminance(background) < 0.2 ? [0.45, 0.85, 0.5] : [0.1, 0.45, 0.15];
}

export function clamp01(value: number): number {
  return value > 0 ? Math.min(1, value) : 0;
}
