/** MaxSim as an ONNX graph, run by the ONNX Runtime that the engine has anyway: float32, all cores. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { availableParallelism } from "node:os";
import { dequantiseVectors } from "../../core/retrieval/quantise.js";
import type { ItemVectors } from "../../core/retrieval/vectors.js";
import { availableRuntimes } from "../../engine/encoders/runtime.js";
import { PLAIN_GRID, type PlainVectors } from "./motion-set.js";
import { quantile } from "./read-limit.js";

/** A message of Protocol Buffers: fields in the order in which they are added. */
class Message {
  readonly #bytes: number[] = [];

  #varint(value: number): this {
    for (; value > 127; value = Math.floor(value / 128)) this.#bytes.push((value % 128) | 128);
    this.#bytes.push(value);
    return this;
  }

  number(field: number, value: number): this {
    return this.#varint(field * 8).#varint(value);
  }

  bytes(field: number, value: Uint8Array | string | Message): this {
    const content = value instanceof Message ? value.#bytes : typeof value === "string" ? Buffer.from(value) : value;
    this.#varint(field * 8 + 2).#varint(content.length);
    for (const byte of content) this.#bytes.push(byte);
    return this;
  }

  get content(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

const FLOAT = 1;
const INTS = 7;

function node(type: string, inputs: readonly string[], output: string, axis?: number): Message {
  const message = new Message();
  for (const input of inputs) message.bytes(1, input);
  message.bytes(2, output).bytes(4, type);
  if (axis === undefined) return message;
  const axes = new Message().bytes(1, "axes").number(8, axis).number(20, INTS);
  const keep = new Message().bytes(1, "keepdims").number(3, 0).number(20, 2);
  return message.bytes(5, axes).bytes(5, keep);
}

/** A float tensor whose every size may vary. */
function value(name: string, sizes: readonly string[]): Message {
  const shape = new Message();
  for (const size of sizes) shape.bytes(1, new Message().bytes(2, size));
  const tensor = new Message().number(1, FLOAT).bytes(2, shape);
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, tensor));
}

/**
 * The model: `vectors` [motions, patches, dim] times `query` [dim, tokens], the largest over patches, the mean over
 * tokens: `scores` [motions]. Fields by onnx.proto, operator set 11.
 */
export function maxSimGraph(): Uint8Array {
  const graph = new Message()
    .bytes(1, node("MatMul", ["vectors", "query"], "cosines"))
    .bytes(1, node("ReduceMax", ["cosines"], "best", 1))
    .bytes(1, node("ReduceMean", ["best"], "scores", 1))
    .bytes(2, "maxsim")
    .bytes(11, value("vectors", ["motions", "patches", "dim"]))
    .bytes(11, value("query", ["dim", "tokens"]))
    .bytes(12, value("scores", ["motions"]));
  const operators = new Message().bytes(1, "").number(2, 11);
  return new Message().number(1, 6).bytes(7, graph).bytes(8, operators).content;
}

/** Patches of a batch: its cosines stay in the cache. */
const BATCH_VECTORS = 40_000;
const REPEATS = 5;

interface Batch {
  readonly motions: readonly number[];
  readonly patches: number;
  readonly data: Float32Array;
}

/** Motions with equally many patches, as arrays: nothing is computed for padding. */
function batches(folder: string, { counts, gridScales }: PlainVectors, dim: number): Batch[] {
  const stored = readFileSync(join(folder, PLAIN_GRID));
  const all = new Int8Array(stored.buffer, stored.byteOffset, stored.length);
  const byCount = new Map<number, [motion: number, start: number][]>();
  let start = 0;
  counts.forEach((count, motion) => {
    const list = byCount.get(count) ?? [];
    byCount.set(count, list);
    list.push([motion, start]);
    start += count * dim;
  });
  return [...byCount].flatMap(([patches, list]) => {
    const size = Math.max(1, Math.floor(BATCH_VECTORS / patches));
    return Array.from({ length: Math.ceil(list.length / size) }, (_, at): Batch => {
      const part = list.slice(at * size, (at + 1) * size);
      const data = new Float32Array(part.length * patches * dim);
      part.forEach(([motion, from], row) => {
        const scale = gridScales[motion]!;
        for (let k = 0; k < patches * dim; k++) data[row * patches * dim + k] = all[from + k]! * scale;
      });
      return { motions: part.map(([motion]) => motion), patches, data };
    });
  });
}

/**
 * Milliseconds (median) of scoring the motions written by `writePlain`, and their scores by patches, to be compared.
 *
 * @throws when ONNX Runtime refuses the graph.
 */
export async function measureOnnx(
  folder: string,
  plain: PlainVectors,
  query: ItemVectors,
): Promise<{ readonly ms: number; readonly scores: Float32Array }> {
  const { dim, count: tokens } = query.grid;
  const [runtime] = await availableRuntimes(
    { executionProvider: "cpu", threads: availableParallelism() },
    () => undefined,
  );
  const session = await runtime!.createSession("maxsim.onnx", maxSimGraph());
  try {
    const groups = batches(folder, plain, dim);
    const rows = dequantiseVectors(query.grid);
    const columns = Float32Array.from(rows, (_, at) => rows[(at % tokens) * dim + Math.floor(at / tokens)]!);
    const scores = new Float32Array(plain.counts.length);
    const whole = wholeScores(plain, query);
    const times: number[] = [];
    for (let repeat = 0; repeat <= REPEATS; repeat++) {
      const began = performance.now();
      for (const { motions, patches, data } of groups) {
        const found = await session.run({
          vectors: {
            type: "float32",
            data,
            dims: [motions.length, patches, dim],
          },
          query: { type: "float32", data: columns, dims: [dim, tokens] },
        });
        motions.forEach((motion, row) => (scores[motion] = found["scores"]!.data[row]! + whole[motion]!));
      }
      times.push(performance.now() - began);
    }
    return { ms: quantile(times.slice(1), 0.5), scores };
  } finally {
    await session.release();
  }
}

/** What the wholes bring; zeros for a model without. */
function wholeScores({ wholes, wholeScales, counts }: PlainVectors, { whole }: ItemVectors): Float32Array {
  const numbers = dequantiseVectors(whole);
  return Float32Array.from(counts, (_, motion) => {
    let sum = 0;
    for (let k = 0; k < numbers.length; k++) sum += numbers[k]! * wholes[motion * numbers.length + k]!;
    return sum * wholeScales[motion]!;
  });
}
