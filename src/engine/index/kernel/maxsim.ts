// MaxSim over int8 vectors, compiled by AssemblyScript to WebAssembly with SIMD (scripts/build-kernel.mjs).
//
// All addresses are bytes in the one memory that src/engine/index/kernel.ts lays out. `dim` is a multiple of 16.
// Sums of products are exact 32-bit integers; a cosine is that sum times the product of both scales in float64, and a
// score is the sum of the best cosines in the order of the text's tokens, divided by their number: the very
// operations of src/core/retrieval/maxsim.ts, so that results are equal bit for bit.
//
// One side of each product is kept widened to 16 bits (`wide`), in blocks of four vectors; the other side streams.

/** Widens `count` vectors of int8 at `from` to int16 at `to`. */
export function widen(from: usize, to: usize, count: i32, dim: i32): void {
  const total = count * dim;
  for (let i = 0; i < total; i += 16) {
    const bytes = v128.load(from + i);
    v128.store(to + (<usize>i << 1), i16x8.extend_low_i8x16_s(bytes));
    v128.store(to + (<usize>i << 1) + 16, i16x8.extend_high_i8x16_s(bytes));
  }
}

/** Sums of products of one int8 vector with four wide vectors, one per lane. */
// @ts-ignore: decorator
@inline
function dotFour(narrow: usize, wide: usize, dim: i32): v128 {
  const stride = <usize>dim << 1;
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>dim; i += 16) {
    const bytes = v128.load(narrow + i);
    const low = i16x8.extend_low_i8x16_s(bytes);
    const high = i16x8.extend_high_i8x16_s(bytes);
    const at = wide + (i << 1);
    a = i32x4.add(a, i32x4.add(i32x4.dot_i16x8_s(low, v128.load(at)), i32x4.dot_i16x8_s(high, v128.load(at, 16))));
    const at1 = at + stride;
    b = i32x4.add(b, i32x4.add(i32x4.dot_i16x8_s(low, v128.load(at1)), i32x4.dot_i16x8_s(high, v128.load(at1, 16))));
    const at2 = at1 + stride;
    c = i32x4.add(c, i32x4.add(i32x4.dot_i16x8_s(low, v128.load(at2)), i32x4.dot_i16x8_s(high, v128.load(at2, 16))));
    const at3 = at2 + stride;
    d = i32x4.add(d, i32x4.add(i32x4.dot_i16x8_s(low, v128.load(at3)), i32x4.dot_i16x8_s(high, v128.load(at3, 16))));
  }
  // Four vectors of four partial sums each, to one vector of the four whole sums.
  const ab = i32x4.add(i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31));
  const cd = i32x4.add(i8x16.shuffle(c, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), i8x16.shuffle(c, d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31));
  return i32x4.add(i8x16.shuffle(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), i8x16.shuffle(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31));
}

/** Sum of products of one int8 vector with one wide vector. */
// @ts-ignore: decorator
@inline
function dotOne(narrow: usize, wide: usize, dim: i32): i32 {
  let sum = i32x4.splat(0);
  for (let i: usize = 0; i < <usize>dim; i += 16) {
    const bytes = v128.load(narrow + i);
    const at = wide + (i << 1);
    sum = i32x4.add(sum, i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(bytes), v128.load(at)), i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(bytes), v128.load(at, 16))));
  }
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

/**
 * Scores of one text against many motions.
 *
 * @param wide the text's tokens, widened; `tokenScales` their float64 scales; `best` room for `tokens` float64.
 * @param table per motion: first vector (u32) and number of vectors (u32), counted from `vectors`.
 * @param out float64 per motion; a motion without vectors gets -Infinity.
 */
export function scoreMotions(vectors: usize, scales: usize, table: usize, motions: i32, wide: usize, tokenScales: usize, tokens: i32, dim: i32, best: usize, out: usize): void {
  const wideStride = <usize>dim << 1;
  for (let m = 0; m < motions; m++) {
    const first = load<u32>(table + (<usize>m << 3));
    const count = load<u32>(table + (<usize>m << 3), 4);
    for (let t = 0; t < tokens; t++) store<f64>(best + (<usize>t << 3), -Infinity);
    for (let v: u32 = 0; v < count; v++) {
      const vector = vectors + <usize>(first + v) * <usize>dim;
      const scale = <f64>load<f32>(scales + (<usize>(first + v) << 2));
      let t = 0;
      for (; t + 4 <= tokens; t += 4) {
        const sums = dotFour(vector, wide + <usize>t * wideStride, dim);
        const at = <usize>t << 3;
        const low = f64x2.mul(f64x2.convert_low_i32x4_s(sums), f64x2.mul(v128.load(tokenScales + at), f64x2.splat(scale)));
        const high = f64x2.mul(f64x2.convert_low_i32x4_s(i8x16.shuffle(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), f64x2.mul(v128.load(tokenScales + at, 16), f64x2.splat(scale)));
        v128.store(best + at, f64x2.max(v128.load(best + at), low));
        v128.store(best + at, f64x2.max(v128.load(best + at, 16), high), 16);
      }
      for (; t < tokens; t++) {
        const at = <usize>t << 3;
        const value = <f64>dotOne(vector, wide + <usize>t * wideStride, dim) * (load<f64>(tokenScales + at) * scale);
        if (value > load<f64>(best + at)) store<f64>(best + at, value);
      }
    }
    let sum: f64 = 0;
    for (let t = 0; t < tokens; t++) sum += load<f64>(best + (<usize>t << 3));
    store<f64>(out + (<usize>m << 3), tokens > 0 && count > 0 ? sum / <f64>tokens : -Infinity);
  }
}

/**
 * Scores of many texts against one motion.
 *
 * @param table per text: first token vector (u32) and number of tokens (u32), counted from `vectors`.
 * @param wide the motion's vectors, widened; `motionScales` their float64 scales.
 * @param out float64 per text; a text without tokens gets -Infinity.
 */
export function scoreTexts(vectors: usize, scales: usize, table: usize, texts: i32, wide: usize, motionScales: usize, motionVectors: i32, dim: i32, out: usize): void {
  const wideStride = <usize>dim << 1;
  for (let m = 0; m < texts; m++) {
    const first = load<u32>(table + (<usize>m << 3));
    const count = load<u32>(table + (<usize>m << 3), 4);
    let sum: f64 = 0;
    for (let t: u32 = 0; t < count; t++) {
      const vector = vectors + <usize>(first + t) * <usize>dim;
      const scale = <f64>load<f32>(scales + (<usize>(first + t) << 2));
      let best: f64 = -Infinity;
      let bests = f64x2.splat(-Infinity);
      let v = 0;
      for (; v + 4 <= motionVectors; v += 4) {
        const sums = dotFour(vector, wide + <usize>v * wideStride, dim);
        const at = <usize>v << 3;
        const low = f64x2.mul(f64x2.convert_low_i32x4_s(sums), f64x2.mul(f64x2.splat(scale), v128.load(motionScales + at)));
        const high = f64x2.mul(f64x2.convert_low_i32x4_s(i8x16.shuffle(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), f64x2.mul(f64x2.splat(scale), v128.load(motionScales + at, 16)));
        bests = f64x2.max(bests, f64x2.max(low, high));
      }
      best = Math.max(f64x2.extract_lane(bests, 0), f64x2.extract_lane(bests, 1));
      for (; v < motionVectors; v++) {
        const value = <f64>dotOne(vector, wide + <usize>v * wideStride, dim) * (scale * load<f64>(motionScales + (<usize>v << 3)));
        if (value > best) best = value;
      }
      sum += best;
    }
    store<f64>(out + (<usize>m << 3), motionVectors > 0 && count > 0 ? sum / <f64>count : -Infinity);
  }
}
