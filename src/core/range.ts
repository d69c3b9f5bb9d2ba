/** A half-open range of whole numbers: frames, code points or UTF-16 units, as the place that uses it says. */
export type Range = readonly [start: number, end: number];
