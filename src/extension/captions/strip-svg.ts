/** A word's support over time as a small picture for hovers. */
import type { WordSupport } from "./word-support.js";

const WIDTH = 240;
const HEIGHT = 34;
const BASELINE = 28;

/**
 * Bars over time, the word's best moment brighter. Colours are fixed mid-tones that show on light and dark hovers
 * (a picture in a hover cannot use the theme's colours).
 */
export function stripSvg(word: Pick<WordSupport, "overTime" | "frames">, frames: number): string {
  const steps = word.overTime.length;
  const slot = WIDTH / Math.max(1, steps);
  const gap = slot > 3 ? 1 : 0;
  const bars = word.overTime
    .map((value, step) => {
      const height = Math.max(1, value * (BASELINE - 4));
      const x = (step * slot).toFixed(1);
      return `<rect x="${x}" y="${(BASELINE - height).toFixed(1)}" width="${Math.max(0.5, slot - gap).toFixed(1)}" height="${height.toFixed(1)}" fill="#4FA34A" fill-opacity="${(0.3 + 0.7 * value).toFixed(2)}"/>`;
    })
    .join("");
  const from = (word.frames[0] / Math.max(1, frames)) * WIDTH;
  const width = Math.max(2, ((word.frames[1] - word.frames[0]) / Math.max(1, frames)) * WIDTH);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">` +
    `<rect x="0" y="${BASELINE}" width="${WIDTH}" height="1" fill="#8A8A8A"/>${bars}` +
    `<rect x="${from.toFixed(1)}" y="${BASELINE + 2}" width="${width.toFixed(1)}" height="3" rx="1.5" fill="#D98A1F"/></svg>`
  );
}

/** As the source of a Markdown image. */
export function stripDataUri(word: Pick<WordSupport, "overTime" | "frames">, frames: number): string {
  return `data:image/svg+xml;base64,${Buffer.from(stripSvg(word, frames)).toString("base64")}`;
}
