// MaxSim over int8 vectors by relaxed SIMD's dot product of int8 with 7-bit numbers, four products a lane and
// instruction. Compiled by AssemblyScript (scripts/kernel.mjs); rows.ts says how items lie in memory.
//
// Texts are stored in 7 bits (-63..63) so that they can be that operand, shifted by 64 to 1..127: within this range
// the instruction gives the same on every machine. What the shift adds, 64 times the sum of the other side's
// components, is where the sums start from. Sums are exact 32-bit integers; a cosine is that sum times the product of
// both scales in float64, and a score the sum of the best cosines in the order of the text's tokens, divided by their
// number: the very operations of src/core/retrieval/maxsim.ts, so that results are equal to it bit for bit. The best
// is found among integers, as all vectors of a motion have one scale.
//
// Eight vectors meet six or four tokens at a time: the sums stay in registers, and with twelve of them no instruction
// waits for the one before. A text is cut into such blocks (see `tokenBlocks` in kernel.ts); in a block, four bytes of
// each token lie in turn.
import { addTokens, blockOf, countOf, firstOf, groupsOf, largestLane, scaleOf, storeWholes } from "./rows";

/** Tokens of the next block when `left` are left. */
// @ts-ignore: decorator
@inline
function blockSize(left: i32): i32 {
  return left > 4 && left != 7 && left != 8 ? 6 : 4;
}

/**
 * Scores of one text with many motions.
 *
 * @param rows the motions; numbers of a block are -64 x the sum of each vector's components.
 * @param query the blocks of the text's tokens + 64.
 * @param tokenScales float64 per token.
 * @param out float64 per motion; one without vectors gets -Infinity.
 */
export function scoreMotions(rows: usize, motions: i32, query: usize, tokenScales: usize, tokens: i32, dim: i32, out: usize): void {
  const groupBytes = <usize>dim << 2;
  for (let m = 0; m < motions; m++) {
    const row = rows + (<usize>m << 4);
    const groups = groupsOf(countOf(row));
    const numbers = blockOf(row);
    const scale = scaleOf(row);
    let sum: f64 = 0;
    let block = query;
    for (let t = 0; t < tokens; ) {
      const size = blockSize(tokens - t);
      const stop = block + <usize>(size * dim);
      const scales = tokenScales + (<usize>t << 3);
      if (size == 6) sum = add6(sum, numbers, groups, groupBytes, block, stop, scales, scale, tokens - t);
      else sum = add4(sum, numbers, groups, groupBytes, block, stop, scales, scale, tokens - t);
      block = stop;
      t += size;
    }
    store<f64>(out + (<usize>m << 3), tokens > 0 && groups > 0 ? sum / <f64>tokens : -Infinity);
  }
}

/** Adds the cosines of 6 tokens, of which `tokens` are there, onto `sum`. `stop` is the end of the block of tokens. */
function add6(sum: f64, numbers: usize, groups: i32, groupBytes: usize, block: usize, stop: usize, scales: usize, scale: f64, tokens: i32): f64 {
  const vectors = numbers + (<usize>groups << 4);
  let m0 = i32x4.splat(i32.MIN_VALUE);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  let m4 = m0;
  let m5 = m0;
  for (let g = 0; g < groups; g += 2) {
    // The last of an odd number of groups is taken twice.
    const g1 = min(g + 1, groups - 1);
    let at = vectors + <usize>g * groupBytes;
    let at1 = vectors + <usize>g1 * groupBytes;
    let a0 = v128.load(numbers + (<usize>g << 4));
    let b0 = v128.load(numbers + (<usize>g1 << 4));
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let a4 = a0;
    let a5 = a0;
    let b1 = b0;
    let b2 = b0;
    let b3 = b0;
    let b4 = b0;
    let b5 = b0;
    let query = block;
    let x: v128;
    let y: v128;
    let q: v128;
    do {
      x = v128.load(at);
      y = v128.load(at1);
      q = v128.load32_splat(query);
      a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a0);
      b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b0);
      q = v128.load32_splat(query, 4);
      a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a1);
      b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b1);
      q = v128.load32_splat(query, 8);
      a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a2);
      b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b2);
      q = v128.load32_splat(query, 12);
      a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a3);
      b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b3);
      q = v128.load32_splat(query, 16);
      a4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a4);
      b4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b4);
      q = v128.load32_splat(query, 20);
      a5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a5);
      b5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b5);
      x = v128.load(at, 16);
      y = v128.load(at1, 16);
      q = v128.load32_splat(query, 24);
      a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a0);
      b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b0);
      q = v128.load32_splat(query, 28);
      a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a1);
      b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b1);
      q = v128.load32_splat(query, 32);
      a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a2);
      b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b2);
      q = v128.load32_splat(query, 36);
      a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a3);
      b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b3);
      q = v128.load32_splat(query, 40);
      a4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a4);
      b4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b4);
      q = v128.load32_splat(query, 44);
      a5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a5);
      b5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b5);
      at += 32;
      at1 += 32;
      query += 48;
    } while (query < stop);
    m0 = i32x4.max_s(m0, i32x4.max_s(a0, b0));
    m1 = i32x4.max_s(m1, i32x4.max_s(a1, b1));
    m2 = i32x4.max_s(m2, i32x4.max_s(a2, b2));
    m3 = i32x4.max_s(m3, i32x4.max_s(a3, b3));
    m4 = i32x4.max_s(m4, i32x4.max_s(a4, b4));
    m5 = i32x4.max_s(m5, i32x4.max_s(a5, b5));
  }
  sum += <f64>largestLane(m0) * (load<f64>(scales) * scale);
  if (tokens > 1) sum += <f64>largestLane(m1) * (load<f64>(scales, 8) * scale);
  if (tokens > 2) sum += <f64>largestLane(m2) * (load<f64>(scales, 16) * scale);
  if (tokens > 3) sum += <f64>largestLane(m3) * (load<f64>(scales, 24) * scale);
  if (tokens > 4) sum += <f64>largestLane(m4) * (load<f64>(scales, 32) * scale);
  if (tokens > 5) sum += <f64>largestLane(m5) * (load<f64>(scales, 40) * scale);
  return sum;
}

/** Adds the cosines of 4 tokens, of which `tokens` are there, onto `sum`. `stop` is the end of the block of tokens. */
function add4(sum: f64, numbers: usize, groups: i32, groupBytes: usize, block: usize, stop: usize, scales: usize, scale: f64, tokens: i32): f64 {
  const vectors = numbers + (<usize>groups << 4);
  let m0 = i32x4.splat(i32.MIN_VALUE);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  for (let g = 0; g < groups; g += 2) {
    // The last of an odd number of groups is taken twice.
    const g1 = min(g + 1, groups - 1);
    let at = vectors + <usize>g * groupBytes;
    let at1 = vectors + <usize>g1 * groupBytes;
    let a0 = v128.load(numbers + (<usize>g << 4));
    let b0 = v128.load(numbers + (<usize>g1 << 4));
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b1 = b0;
    let b2 = b0;
    let b3 = b0;
    let query = block;
    let x: v128;
    let y: v128;
    let q: v128;
    do {
      x = v128.load(at);
      y = v128.load(at1);
      q = v128.load32_splat(query);
      a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a0);
      b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b0);
      q = v128.load32_splat(query, 4);
      a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a1);
      b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b1);
      q = v128.load32_splat(query, 8);
      a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a2);
      b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b2);
      q = v128.load32_splat(query, 12);
      a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a3);
      b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b3);
      x = v128.load(at, 16);
      y = v128.load(at1, 16);
      q = v128.load32_splat(query, 16);
      a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a0);
      b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b0);
      q = v128.load32_splat(query, 20);
      a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a1);
      b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b1);
      q = v128.load32_splat(query, 24);
      a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a2);
      b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b2);
      q = v128.load32_splat(query, 28);
      a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, q, a3);
      b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y, q, b3);
      at += 32;
      at1 += 32;
      query += 32;
    } while (query < stop);
    m0 = i32x4.max_s(m0, i32x4.max_s(a0, b0));
    m1 = i32x4.max_s(m1, i32x4.max_s(a1, b1));
    m2 = i32x4.max_s(m2, i32x4.max_s(a2, b2));
    m3 = i32x4.max_s(m3, i32x4.max_s(a3, b3));
  }
  sum += <f64>largestLane(m0) * (load<f64>(scales) * scale);
  if (tokens > 1) sum += <f64>largestLane(m1) * (load<f64>(scales, 8) * scale);
  if (tokens > 2) sum += <f64>largestLane(m2) * (load<f64>(scales, 16) * scale);
  if (tokens > 3) sum += <f64>largestLane(m3) * (load<f64>(scales, 24) * scale);
  return sum;
}

/**
 * Scores of many texts with one motion.
 *
 * @param rows the texts; numbers of a block are the scales (float32) of its vectors.
 * @param query the motion's vectors, `dim` bytes each, filled up to a multiple of four with copies of the last.
 * @param corrections per vector -64 x the sum of its components, int32, filled up likewise.
 * @param out float64 per text; one without tokens gets -Infinity.
 */
export function scoreTexts(rows: usize, texts: i32, query: usize, corrections: usize, motionScale: f64, vectors: i32, dim: i32, out: usize): void {
  const groupBytes = <usize>dim << 2;
  const end = <usize>dim;
  const shift = i8x16.splat(64);
  for (let m = 0; m < texts; m++) {
    const row = rows + (<usize>m << 4);
    const count = countOf(row);
    const groups = groupsOf(count);
    const numbers = blockOf(row);
    const tokens = numbers + (<usize>groups << 4);
    let sum: f64 = 0;
    for (let g = 0; g < groups; g += 2) {
      const g1 = min(g + 1, groups - 1);
      let m0 = i32x4.splat(i32.MIN_VALUE);
      let m1 = m0;
      for (let v = 0; v < vectors; v += 4) {
        let at = tokens + <usize>g * groupBytes;
        let at1 = tokens + <usize>g1 * groupBytes;
        const start = corrections + (<usize>v << 2);
        let a0 = v128.load32_splat(start);
        let a1 = v128.load32_splat(start, 4);
        let a2 = v128.load32_splat(start, 8);
        let a3 = v128.load32_splat(start, 12);
        let b0 = a0;
        let b1 = a1;
        let b2 = a2;
        let b3 = a3;
        let q0 = query + <usize>v * end;
        let q1 = q0 + end;
        let q2 = q1 + end;
        let q3 = q2 + end;
        const stop = q1;
        let x: v128;
        let y: v128;
        let q: v128;
        do {
          x = i8x16.add(v128.load(at), shift);
          y = i8x16.add(v128.load(at1), shift);
          q = v128.load32_splat(q0);
          a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a0);
          b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b0);
          q = v128.load32_splat(q1);
          a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a1);
          b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b1);
          q = v128.load32_splat(q2);
          a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a2);
          b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b2);
          q = v128.load32_splat(q3);
          a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a3);
          b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b3);
          x = i8x16.add(v128.load(at, 16), shift);
          y = i8x16.add(v128.load(at1, 16), shift);
          q = v128.load32_splat(q0, 4);
          a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a0);
          b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b0);
          q = v128.load32_splat(q1, 4);
          a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a1);
          b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b1);
          q = v128.load32_splat(q2, 4);
          a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a2);
          b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b2);
          q = v128.load32_splat(q3, 4);
          a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a3);
          b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b3);
          x = i8x16.add(v128.load(at, 32), shift);
          y = i8x16.add(v128.load(at1, 32), shift);
          q = v128.load32_splat(q0, 8);
          a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a0);
          b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b0);
          q = v128.load32_splat(q1, 8);
          a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a1);
          b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b1);
          q = v128.load32_splat(q2, 8);
          a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a2);
          b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b2);
          q = v128.load32_splat(q3, 8);
          a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a3);
          b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b3);
          x = i8x16.add(v128.load(at, 48), shift);
          y = i8x16.add(v128.load(at1, 48), shift);
          q = v128.load32_splat(q0, 12);
          a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a0);
          b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b0);
          q = v128.load32_splat(q1, 12);
          a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a1);
          b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b1);
          q = v128.load32_splat(q2, 12);
          a2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a2);
          b2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b2);
          q = v128.load32_splat(q3, 12);
          a3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, x, a3);
          b3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(q, y, b3);
          at += 64;
          at1 += 64;
          q0 += 16;
          q1 += 16;
          q2 += 16;
          q3 += 16;
        } while (q0 < stop);
        m0 = i32x4.max_s(m0, i32x4.max_s(i32x4.max_s(a0, a1), i32x4.max_s(a2, a3)));
        m1 = i32x4.max_s(m1, i32x4.max_s(i32x4.max_s(b0, b1), i32x4.max_s(b2, b3)));
      }
      sum = addTokens(sum, m0, numbers + (<usize>g << 4), count - (g << 2), motionScale);
      if (g1 > g) sum = addTokens(sum, m1, numbers + (<usize>g1 << 4), count - (g1 << 2), motionScale);
    }
    store<f64>(out + (<usize>m << 3), vectors > 0 && groups > 0 ? sum / <f64>count : -Infinity);
  }
}

/**
 * Sums of products of each token of a text with each vector of one motion, int32, `[token][vector]` with a multiple
 * of four vectors a token. Parameters as of `scoreMotions`.
 */
export function dots(row: usize, query: usize, tokens: i32, dim: i32, out: usize): void {
  const groups = groupsOf(countOf(row));
  const numbers = blockOf(row);
  const vectors = numbers + (<usize>groups << 4);
  let block = query;
  let left = tokens;
  let inBlock = 0;
  for (let t = 0; t < tokens; t++) {
    const size = blockSize(left);
    for (let g = 0; g < groups; g++) {
      let sums = v128.load(numbers + (<usize>g << 4));
      const group = vectors + <usize>g * (<usize>dim << 2);
      for (let k = 0; k < dim; k += 4) {
        const q = v128.load32_splat(block + <usize>(k * size + (inBlock << 2)));
        sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(group + (<usize>k << 2)), q, sums);
      }
      v128.store(out + (<usize>(t * groups + g) << 4), sums);
    }
    if (++inBlock < size) continue;
    block += <usize>(size * dim);
    left -= size;
    inBlock = 0;
  }
}

/**
 * Products of one whole with those of many items.
 *
 * @param query the whole: of a text + 64, of a motion as it is.
 * @param correction 0 for a text, for a motion -64 x the sum of its components.
 * @param factor its scale.
 * @param ofTexts whether the items are texts.
 * @param out float64 per item.
 */
export function scoreWholes(rows: usize, count: i32, query: usize, correction: i32, factor: f64, dim: i32, ofTexts: i32, out: usize): void {
  const groupBytes = 32 + (<usize>dim << 2);
  const shift = i8x16.splat(64);
  for (let r = 0; r < count; r++) {
    const row = rows + (<usize>r << 4);
    const items = countOf(row);
    let to = out + (<usize>firstOf(row) << 3);
    let group = blockOf(row);
    for (let item = 0; item < items; item += 4) {
      let sums = i32x4.add(v128.load(group, 16), i32x4.splat(correction));
      const vectors = group + 32;
      if (ofTexts) {
        for (let k: usize = 0; k < <usize>dim; k += 4) {
          const x = i8x16.add(v128.load(vectors + (k << 2)), shift);
          sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load32_splat(query + k), x, sums);
        }
      } else {
        let other = i32x4.splat(0);
        for (let k: usize = 0; k < <usize>dim; k += 8) {
          sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(vectors + (k << 2)), v128.load32_splat(query + k), sums);
          other = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(vectors + (k << 2), 16), v128.load32_splat(query + k, 4), other);
        }
        sums = i32x4.add(sums, other);
      }
      storeWholes(sums, group, factor, items - item, to);
      to += 32;
      group += groupBytes;
    }
  }
}
