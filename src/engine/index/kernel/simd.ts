// MaxSim over int8 vectors for machines without relaxed SIMD: the same functions as relaxed.ts, with the other side
// widened to 16 bits. Compiled by AssemblyScript (scripts/kernel.mjs); rows.ts says how items lie in memory.
import { addTokens, blockOf, countOf, firstOf, groupsOf, largestLane, scaleOf, storeWholes } from "./rows";

/** Sums of neighbouring lanes: of the halves of two vectors each, the whole sums of four vectors. */
// @ts-ignore: decorator
@inline
function whole(low: v128, high: v128): v128 {
  return i32x4.add(i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31));
}

/** Sums of products of a group of four vectors with one wide vector. */
// @ts-ignore: decorator
@inline
function dotGroup(group: usize, wide: usize, dim: i32): v128 {
  let low = i32x4.splat(0);
  let high = low;
  for (let k = 0; k < dim; k += 4) {
    const bytes = v128.load(group + (<usize>k << 2));
    const q = v128.load64_splat(wide + (<usize>k << 1));
    low = i32x4.add(low, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(bytes), q));
    high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(bytes), q));
  }
  return whole(low, high);
}

export function scoreMotions(rows: usize, motions: i32, query: usize, tokenScales: usize, tokens: i32, dim: i32, out: usize): void {
  const groupBytes = <usize>dim << 2;
  const wideBytes = <usize>dim << 1;
  for (let m = 0; m < motions; m++) {
    const row = rows + (<usize>m << 4);
    const groups = groupsOf(countOf(row));
    const vectors = blockOf(row) + (<usize>groups << 4);
    const scale = scaleOf(row);
    let sum: f64 = 0;
    let t = 0;
    for (; t + 2 <= tokens; t += 2) {
      const first = query + <usize>t * wideBytes;
      let m0 = i32x4.splat(i32.MIN_VALUE);
      let m1 = m0;
      for (let g = 0; g < groups; g++) {
        let at = vectors + <usize>g * groupBytes;
        let low0 = i32x4.splat(0);
        let high0 = low0;
        let low1 = low0;
        let high1 = low0;
        let q0 = first;
        let q1 = first + wideBytes;
        const stop = q1;
        do {
          const bytes = v128.load(at);
          const low = i16x8.extend_low_i8x16_s(bytes);
          const high = i16x8.extend_high_i8x16_s(bytes);
          const x = v128.load64_splat(q0);
          const y = v128.load64_splat(q1);
          low0 = i32x4.add(low0, i32x4.dot_i16x8_s(low, x));
          high0 = i32x4.add(high0, i32x4.dot_i16x8_s(high, x));
          low1 = i32x4.add(low1, i32x4.dot_i16x8_s(low, y));
          high1 = i32x4.add(high1, i32x4.dot_i16x8_s(high, y));
          at += 16;
          q0 += 8;
          q1 += 8;
        } while (q0 < stop);
        m0 = i32x4.max_s(m0, whole(low0, high0));
        m1 = i32x4.max_s(m1, whole(low1, high1));
      }
      sum += <f64>largestLane(m0) * (load<f64>(tokenScales + (<usize>t << 3)) * scale);
      sum += <f64>largestLane(m1) * (load<f64>(tokenScales + (<usize>t << 3), 8) * scale);
    }
    if (t < tokens) {
      let best = i32x4.splat(i32.MIN_VALUE);
      for (let g = 0; g < groups; g++) {
        best = i32x4.max_s(best, dotGroup(vectors + <usize>g * groupBytes, query + <usize>t * wideBytes, dim));
      }
      sum += <f64>largestLane(best) * (load<f64>(tokenScales + (<usize>t << 3)) * scale);
    }
    store<f64>(out + (<usize>m << 3), tokens > 0 && groups > 0 ? sum / <f64>tokens : -Infinity);
  }
}

export function scoreTexts(rows: usize, texts: i32, query: usize, _corrections: usize, motionScale: f64, vectors: i32, dim: i32, out: usize): void {
  for (let m = 0; m < texts; m++) {
    const row = rows + (<usize>m << 4);
    const count = countOf(row);
    const groups = groupsOf(count);
    const numbers = blockOf(row);
    const tokens = numbers + (<usize>groups << 4);
    let sum: f64 = 0;
    for (let g = 0; g < groups; g++) {
      let best = i32x4.splat(i32.MIN_VALUE);
      const group = tokens + <usize>g * (<usize>dim << 2);
      for (let v = 0; v < vectors; v++) best = i32x4.max_s(best, dotGroup(group, query + <usize>(v * dim * 2), dim));
      sum = addTokens(sum, best, numbers + (<usize>g << 4), count - (g << 2), motionScale);
    }
    store<f64>(out + (<usize>m << 3), vectors > 0 && groups > 0 ? sum / <f64>count : -Infinity);
  }
}

export function dots(row: usize, query: usize, tokens: i32, dim: i32, out: usize): void {
  const groups = groupsOf(countOf(row));
  const vectors = blockOf(row) + (<usize>groups << 4);
  for (let t = 0; t < tokens; t++) {
    for (let g = 0; g < groups; g++) {
      v128.store(out + (<usize>(t * groups + g) << 4), dotGroup(vectors + <usize>g * (<usize>dim << 2), query + <usize>(t * dim * 2), dim));
    }
  }
}

export function scoreWholes(rows: usize, count: i32, query: usize, _correction: i32, factor: f64, dim: i32, _ofTexts: i32, out: usize): void {
  for (let r = 0; r < count; r++) {
    const row = rows + (<usize>r << 4);
    const items = countOf(row);
    let to = out + (<usize>firstOf(row) << 3);
    let group = blockOf(row);
    for (let item = 0; item < items; item += 4) {
      storeWholes(dotGroup(group + 32, query, dim), group, factor, items - item, to);
      to += 32;
      group += 32 + (<usize>dim << 2);
    }
  }
}
