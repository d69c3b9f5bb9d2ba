// What both kernels share: how an item lies in memory, and how its lanes are put together.
//
// A row (16 bytes) names an item: address of its block (u32), vectors (u32), scale (f32; of a motion), unused. A block
// is one 4-byte number a vector, then the vectors, both filled up to a multiple of four vectors. Vectors lie in groups
// of four with their components interleaved, four bytes of each in turn: a SIMD register then holds four vectors side
// by side, and sums of products need no adding across lanes.
//
// The wholes of many items are one run of such groups, each behind its four scales (float32; 0 where an item has no
// whole) and four numbers (int32; of motions -64 x the sum of the components, of captions 0). Their row: address of the
// first group, items, number of the first item, unused.

// @ts-ignore: decorator
@inline
export function blockOf(row: usize): usize {
  return <usize>load<u32>(row);
}

// @ts-ignore: decorator
@inline
export function countOf(row: usize): i32 {
  return load<i32>(row, 4);
}

/** Number of a row's first item, where it stands for many. */
// @ts-ignore: decorator
@inline
export function firstOf(row: usize): u32 {
  return load<u32>(row, 8);
}

// @ts-ignore: decorator
@inline
export function scaleOf(row: usize): f64 {
  return <f64>load<f32>(row, 8);
}

// @ts-ignore: decorator
@inline
export function groupsOf(count: i32): i32 {
  return (count + 3) >> 2;
}

/** The largest of four lanes. */
// @ts-ignore: decorator
@inline
export function largestLane(lanes: v128): i32 {
  const halves = i32x4.max_s(lanes, i8x16.shuffle(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max<i32>(i32x4.extract_lane(halves, 0), i32x4.extract_lane(halves, 1));
}

/** Sum of the cosines of a caption's tokens of one group, in their order, onto `sum`. */
// @ts-ignore: decorator
@inline
export function addTokens(sum: f64, best: v128, scales: usize, tokens: i32, motionScale: f64): f64 {
  sum += <f64>i32x4.extract_lane(best, 0) * (<f64>load<f32>(scales) * motionScale);
  if (tokens > 1) sum += <f64>i32x4.extract_lane(best, 1) * (<f64>load<f32>(scales, 4) * motionScale);
  if (tokens > 2) sum += <f64>i32x4.extract_lane(best, 2) * (<f64>load<f32>(scales, 8) * motionScale);
  if (tokens > 3) sum += <f64>i32x4.extract_lane(best, 3) * (<f64>load<f32>(scales, 12) * motionScale);
  return sum;
}

/** Scores of the wholes of a group of four items, of which `items` are there. */
// @ts-ignore: decorator
@inline
export function storeWholes(sums: v128, group: usize, factor: f64, items: i32, out: usize): void {
  store<f64>(out, wholeScore(i32x4.extract_lane(sums, 0), load<f32>(group), factor));
  if (items > 1) store<f64>(out, wholeScore(i32x4.extract_lane(sums, 1), load<f32>(group, 4), factor), 8);
  if (items > 2) store<f64>(out, wholeScore(i32x4.extract_lane(sums, 2), load<f32>(group, 8), factor), 16);
  if (items > 3) store<f64>(out, wholeScore(i32x4.extract_lane(sums, 3), load<f32>(group, 12), factor), 24);
}

// @ts-ignore: decorator
@inline
function wholeScore(sum: i32, scale: f32, factor: f64): f64 {
  return scale > 0 ? <f64>sum * (<f64>scale * factor) : -Infinity;
}
