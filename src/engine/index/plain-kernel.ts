/** The scoring kernel in plain loops, for machines without SIMD: the functions of kernel/simd.ts on the same memory. */
import type { ScoringKernel } from "./kernel.js";

export function plainKernel(memory: WebAssembly.Memory): ScoringKernel {
  const views = () => ({
    bytes: new Int8Array(memory.buffer),
    shorts: new Int16Array(memory.buffer),
    words: new Uint32Array(memory.buffer),
    floats: new Float32Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
  });
  type Views = ReturnType<typeof views>;
  /** Product of vector `lane` of the group at `group` with the wide vector at `wide`. */
  const dot = ({ bytes, shorts }: Views, group: number, lane: number, wide: number, dim: number): number => {
    let sum = 0;
    for (let k = 0; k < dim; k++) {
      sum += bytes[group + (k >> 2) * 16 + lane * 4 + (k & 3)]! * shorts[(wide >> 1) + k]!;
    }
    return sum;
  };
  const itemAt = ({ words, floats }: Views, row: number) => {
    const numbers = words[row >>> 2]!;
    const count = words[(row >>> 2) + 1]!;
    return { numbers, count, vectors: numbers + 16 * ((count + 3) >> 2), scale: floats[(row >>> 2) + 2]! };
  };
  return {
    scoreMotions(rows, motions, query, tokenScales, tokens, dim, out) {
      const all = views();
      for (let m = 0; m < motions; m++) {
        const { count, vectors, scale } = itemAt(all, rows + m * 16);
        let sum = 0;
        for (let t = 0; t < tokens; t++) {
          let best = -Infinity;
          for (let v = 0; v < count; v++) {
            best = Math.max(best, dot(all, vectors + (v >> 2) * 4 * dim, v & 3, query + t * dim * 2, dim));
          }
          sum += best * (all.doubles[(tokenScales >>> 3) + t]! * scale);
        }
        all.doubles[(out >>> 3) + m] = tokens > 0 && count > 0 ? sum / tokens : -Infinity;
      }
    },
    scoreTexts(rows, texts, query, _corrections, motionScale, motionVectors, dim, out) {
      const all = views();
      for (let m = 0; m < texts; m++) {
        const { count, numbers, vectors } = itemAt(all, rows + m * 16);
        let sum = 0;
        for (let t = 0; t < count; t++) {
          let best = -Infinity;
          for (let v = 0; v < motionVectors; v++) {
            best = Math.max(best, dot(all, vectors + (t >> 2) * 4 * dim, t & 3, query + v * dim * 2, dim));
          }
          sum += best * (all.floats[(numbers >>> 2) + t]! * motionScale);
        }
        all.doubles[(out >>> 3) + m] = motionVectors > 0 && count > 0 ? sum / count : -Infinity;
      }
    },
    scoreWholes(rows, count, query, _correction, factor, dim, _ofTexts, out) {
      const all = views();
      for (let row = rows >>> 2; row < (rows >>> 2) + count * 4; row += 4) {
        const items = all.words[row + 1]!;
        const first = all.words[row + 2]!;
        for (let item = 0; item < items; item++) {
          const group = all.words[row]! + (item >> 2) * (32 + 4 * dim);
          const scale = all.floats[(group >>> 2) + (item & 3)]!;
          all.doubles[(out >>> 3) + first + item] =
            scale > 0 ? dot(all, group + 32, item & 3, query, dim) * (scale * factor) : -Infinity;
        }
      }
    },
    dots(row, query, tokens, dim, out) {
      const all = views();
      const sums = new Int32Array(memory.buffer);
      const { count, vectors } = itemAt(all, row);
      const stride = ((count + 3) >> 2) * 4;
      for (let t = 0; t < tokens; t++) {
        for (let v = 0; v < stride; v++) {
          sums[(out >>> 2) + t * stride + v] = dot(all, vectors + (v >> 2) * 4 * dim, v & 3, query + t * dim * 2, dim);
        }
      }
    },
  };
}
