/**
 * Token pooling: patches of a motion that nearly agree share one vector. Of a pose that is held, or of limbs that do
 * nothing of their own, one vector says as much as many.
 */

/** Vectors that stand for a motion's patches. */
export interface MergedPatches {
  /** `count * dim` numbers, in the order of the first patch that each stands for. */
  readonly vectors: Float32Array;
  readonly count: number;
  /** Which of them each patch has; undefined where each has its own. */
  readonly places?: Uint16Array;
}

/** Patches that share a vector. */
interface Cluster {
  /** Sum of their unit vectors, and its length. */
  readonly sum: Float64Array;
  readonly length: number;
  readonly patches: readonly number[];
  /** Times that it reaches over, [from, to). */
  readonly from: number;
  readonly to: number;
}

/** Times within which patches are compared: a long recording costs in proportion to its length. */
const BLOCK_TIMES = 32;
/** Places are kept in 16 bits. */
const MOST_VECTORS = 65_535;

/**
 * Merges patches, the closest first: neighbouring times of one part, then any within half a minute. Their vector is the
 * mean of their directions, as long as they are on average; none of them is further from it than asked for.
 *
 * @param patches `count * dim` numbers, patch `time * parts + part`.
 * @param least smallest cosine of a patch with the vector that stands for it, above 0.
 */
export function mergePatches(
  patches: Float32Array,
  count: number,
  dim: number,
  parts: number,
  least: number,
): MergedPatches {
  const { units, lengths } = unitVectors(patches, count, dim);
  const clusters: Cluster[] = [];
  const times = Math.ceil(count / parts);
  for (let start = 0; start < times; start += BLOCK_TIMES) {
    const block: Cluster[] = [];
    for (let part = 0; part < parts; part++) {
      const row: Cluster[] = [];
      for (let time = start; time < Math.min(times, start + BLOCK_TIMES); time++) {
        const patch = time * parts + part;
        if (patch < count) row.push(single(units, patch, dim, time));
      }
      block.push(...agglomerate(row, units, least, (a, b) => a.to === b.from));
    }
    clusters.push(...agglomerate(block, units, least, () => true));
  }
  if (clusters.length === count || clusters.length > MOST_VECTORS) return { vectors: patches, count };
  const first = ({ patches: own }: Cluster) => own.reduce((smallest, patch) => Math.min(smallest, patch));
  clusters.sort((a, b) => first(a) - first(b));
  const vectors = new Float32Array(clusters.length * dim);
  const places = new Uint16Array(count);
  clusters.forEach(({ sum, length, patches: own }, row) => {
    const mean = own.reduce((total, patch) => total + lengths[patch]!, 0) / own.length;
    // One that stands alone keeps its numbers to the last bit.
    if (own.length === 1) vectors.set(patches.subarray(own[0]! * dim, (own[0]! + 1) * dim), row * dim);
    else for (let k = 0; k < dim; k++) vectors[row * dim + k] = (sum[k]! / length) * mean;
    for (const patch of own) places[patch] = row;
  });
  return { vectors, count: clusters.length, places };
}

function unitVectors(patches: Float32Array, count: number, dim: number) {
  const units = Float64Array.from(patches);
  const lengths = new Float64Array(count);
  for (let patch = 0; patch < count; patch++) {
    const unit = units.subarray(patch * dim, (patch + 1) * dim);
    const length = lengthOf(unit);
    lengths[patch] = length;
    if (length > 0) for (let k = 0; k < dim; k++) unit[k]! /= length;
  }
  return { units, lengths };
}

function single(units: Float64Array, patch: number, dim: number, time: number): Cluster {
  const sum = units.slice(patch * dim, (patch + 1) * dim);
  return { sum, length: lengthOf(sum), patches: [patch], from: time, to: time + 1 };
}

/** Joins the closest two that may be joined, the first of several, until no two are close enough. */
function agglomerate(
  clusters: readonly Cluster[],
  units: Float64Array,
  least: number,
  mayJoin: (a: Cluster, b: Cluster) => boolean,
): Cluster[] {
  const all: (Cluster | undefined)[] = [...clusters];
  const size = all.length;
  // Row a, column b > a; only those of at least `least` are looked at.
  const closeness = new Float64Array(size * size).fill(-Infinity);
  const compare = (a: number, b: number) => {
    const [one, other] = [all[a], all[b]];
    const isWanted = one !== undefined && other !== undefined && mayJoin(one, other);
    closeness[a * size + b] = isWanted ? cosineOf(one, other) : -Infinity;
  };
  for (let a = 0; a < size; a++) for (let b = a + 1; b < size; b++) compare(a, b);
  for (;;) {
    let [best, at] = [least, -1];
    for (let a = 0; a < size; a++) {
      if (all[a] === undefined) continue;
      for (let index = a * size + a + 1; index < (a + 1) * size; index++) {
        if (closeness[index]! > best || (at < 0 && closeness[index] === best)) [best, at] = [closeness[index]!, index];
      }
    }
    if (at < 0) return all.filter((cluster) => cluster !== undefined);
    const [a, b] = [Math.floor(at / size), at % size];
    const joined = join(all[a]!, all[b]!);
    if (!standsForAll(joined, units, least)) {
      closeness[at] = -Infinity;
      continue;
    }
    all[a] = joined;
    all[b] = undefined;
    for (let other = 0; other < size; other++) {
      if (other !== a) compare(Math.min(a, other), Math.max(a, other));
      if (other !== b) closeness[Math.min(b, other) * size + Math.max(b, other)] = -Infinity;
    }
  }
}

function join(a: Cluster, b: Cluster): Cluster {
  const sum = a.sum.map((value, k) => value + b.sum[k]!);
  return {
    sum,
    length: lengthOf(sum),
    patches: [...a.patches, ...b.patches],
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
  };
}

/** Whether each of the patches is close enough to their mean. */
function standsForAll({ sum, length, patches }: Cluster, units: Float64Array, least: number): boolean {
  const dim = sum.length;
  return patches.every((patch) => {
    let product = 0;
    for (let k = 0; k < dim; k++) product += units[patch * dim + k]! * sum[k]!;
    return product >= least * length;
  });
}

function cosineOf(a: Cluster, b: Cluster): number {
  if (a.length === 0 || b.length === 0) return -Infinity;
  let product = 0;
  for (let k = 0; k < a.sum.length; k++) product += a.sum[k]! * b.sum[k]!;
  return product / (a.length * b.length);
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}
