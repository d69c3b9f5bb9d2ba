/**
 * The `VectorStore` on LanceDB, whose tables lie in a folder or on object storage. It is no part of what is shipped:
 * whoever wants it installs `@lancedb/lancedb` beside the command line.
 *
 * A row holds a motion's vectors twice: as floats, one row a patch, by which LanceDB finds the best motions itself, and
 * as they are stored here, by which these are scored again, so that the answer is exact and equal to that of any store.
 */
import { existsSync } from "node:fs";
import type { Connection, Table, VectorQuery } from "@lancedb/lancedb";
import type * as ArrowModule from "apache-arrow";
import { compareCodeUnits } from "../../engine/dataset/paths.js";
import { pairScore } from "../../core/retrieval/maxsim.js";
import { joinedVectors } from "../../core/retrieval/quantise.js";
import { isEmptyItem, type ItemVectors } from "../../core/retrieval/vectors.js";
import { EngineError } from "../../protocol/errors.js";
import { bytesOfVectors, vectorsOfBytes } from "./vector-bytes.js";
import type {
  OpenStore,
  StoredMotion,
  StoreFilter,
  StoreModel,
  VectorHit,
  VectorSearch,
  VectorStore,
} from "./vector-store.js";

type Arrow = typeof ArrowModule;

const TABLE = "motions";
const ROWS_AT_A_TIME = 500;
/** What is exported with: `npm install` as one line, for whoever lacks it. */
export const INSTALL = "npm install @lancedb/lancedb@0.39.0 apache-arrow@18.1.0";
const MODEL_KEY = "motion-lens.model-key";
const MODEL_NAME = "motion-lens.model";
/** LanceDB divides by the lengths of vectors, which are 1 up to rounding: its scores are off by less than this. */
const SCORE_ERROR = 0.01;
/** Motions scored again at most, where very many have nearly one score. */
const MOST_AGAIN = 4096;
const COLUMNS = ["id", "stored", "frames", "fps", "splits", "caption", "_distance"];

interface Row {
  readonly id: string;
  readonly stored: Uint8Array;
  readonly frames: number;
  readonly fps: number;
  readonly splits: Iterable<string>;
  readonly caption: string | null;
  readonly _distance: number;
}

export class LanceDbStore implements VectorStore {
  private constructor(
    private readonly connection: Connection,
    private readonly table: Table,
    private readonly arrow: Arrow,
    private readonly model: StoreModel,
  ) {}

  /**
   * @param uri a folder, or an address that LanceDB knows (`s3://`, `gs://`, `az://`, `file://`).
   * @throws EngineError `IndexError` when LanceDB is not installed, the table is not there or cannot be reached, or
   *   holds another model's vectors.
   */
  static async open(uri: string, { model, create }: OpenStore): Promise<LanceDbStore> {
    const { lancedb, arrow } = await load();
    // Connecting would make the folder.
    if (!create && !uri.includes("://") && !existsSync(uri)) throw notThere(uri);
    return inItsWords(uri, async () => {
      const connection = await lancedb.connect(uri);
      const isThere = (await connection.tableNames()).includes(TABLE);
      if (!isThere && !create) throw notThere(uri);
      const table = isThere
        ? await connection.openTable(TABLE)
        : // Another process may be making it at this moment.
          await connection.createEmptyTable(TABLE, schemaFor(arrow, model), { existOk: true });
      await checkModel(uri, table, model);
      return new LanceDbStore(connection, table, arrow, model);
    });
  }

  async upsert(motions: readonly StoredMotion[], signal?: AbortSignal): Promise<void> {
    for (let at = 0; at < motions.length; at += ROWS_AT_A_TIME) {
      signal?.throwIfAborted();
      const rows = this.#rows(motions.slice(at, at + ROWS_AT_A_TIME));
      await this.table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
    }
  }

  /** Motions in Arrow's layout: building it from rows of JavaScript arrays takes many times as long. */
  #rows(motions: readonly StoredMotion[]) {
    const { arrow, model } = this;
    const dim = rowLength(model);
    const schema = schemaFor(arrow, model);
    // Patches that share a vector need it once: a maximum over them is the same.
    const rows = motions.map(({ vectors: { grid, whole } }) => joinedVectors({ grid, whole }));
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    const floats = new Float32Array(total * dim);
    const offsets = new Int32Array(motions.length + 1);
    rows.forEach(({ values, count }, row) => {
      floats.set(values, offsets[row]! * dim);
      offsets[row + 1] = offsets[row]! + count;
    });
    const { vector, vectors: list } = vectorTypes(arrow, dim);
    const numbers = arrow.makeData({ type: new arrow.Float32(), data: floats, length: floats.length });
    const patches = arrow.makeData({ type: vector, child: numbers, length: total });
    const vectors = arrow.makeData({ type: list, valueOffsets: offsets, child: patches, length: motions.length });
    const values: Readonly<Record<string, readonly unknown[]>> = {
      id: motions.map(({ id }) => id),
      stored: motions.map((motion) => bytesOfVectors(motion.vectors)),
      frames: motions.map(({ frames }) => frames),
      fps: motions.map(({ fps }) => fps),
      splits: motions.map(({ splits }) => splits),
      caption: motions.map(({ caption }) => caption ?? null),
    };
    const children = schema.fields.map(({ name, type }) =>
      name === "vectors" ? vectors : arrow.vectorFromArray(values[name]!, type).data[0]!,
    );
    const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length: motions.length, children });
    return new arrow.Table(schema, [new arrow.RecordBatch(schema, struct)]);
  }

  async delete(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += ROWS_AT_A_TIME) {
      const some = ids.slice(at, at + ROWS_AT_A_TIME).map(quoted);
      await this.table.delete(`id in (${some.join(", ")})`);
    }
  }

  async search(query: ItemVectors, { top, filter }: VectorSearch, signal?: AbortSignal): Promise<VectorHit[]> {
    if (isEmptyItem(query)) return [];
    const tokens = Math.max(1, query.grid.count);
    for (let count = 2 * top + 20; ; count *= 4) {
      signal?.throwIfAborted();
      const rows = await this.#nearest(query, count, filter);
      const hits = rows
        .map((row) => hitOf(query, row))
        .sort((a, b) => b.score - a.score || compareCodeUnits(a.motion.id, b.motion.id));
      // Its distance is the sum over the tokens of 1 - best cosine. Nothing behind the last row can come in.
      const last = rows.at(-1);
      const bound = last === undefined ? -Infinity : 1 - last._distance / tokens + SCORE_ERROR;
      const isSure = rows.length < count || (hits[top - 1]?.score ?? -Infinity) > bound;
      if (isSure || count >= MOST_AGAIN) return hits.slice(0, top);
    }
  }

  async #nearest(query: ItemVectors, count: number, filter: StoreFilter | undefined): Promise<Row[]> {
    const { values, count: tokens } = joinedVectors(query);
    const dim = rowLength(this.model);
    const token = (at: number) => [...values.subarray(at * dim, (at + 1) * dim)];
    let search: VectorQuery = this.table.query().nearestTo(token(0)).column("vectors").distanceType("cosine");
    for (let at = 1; at < tokens; at++) search = search.addQueryVector(token(at));
    const condition = conditionOf(filter);
    if (condition !== undefined) search = search.where(condition);
    return (await search.select(COLUMNS).limit(count).toArray()) as Row[];
  }

  async count(filter?: StoreFilter): Promise<number> {
    return this.table.countRows(conditionOf(filter));
  }

  async ids(): Promise<string[]> {
    const rows = (await this.table.query().select(["id"]).toArray()) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  /** Joins the small pieces that single changes left. */
  async optimise(): Promise<void> {
    await this.table.optimize();
  }

  async close(): Promise<void> {
    this.table.close();
    this.connection.close();
  }
}

/** One patch, and all of a motion. */
function vectorTypes({ Field, FixedSizeList, Float32, List }: Arrow, dim: number) {
  const vector = new FixedSizeList(dim, new Field("item", new Float32(), true));
  return { vector, vectors: new List(new Field("item", vector, true)) };
}

/** Numbers of a patch, those of the whole motion behind its own. */
function rowLength({ shape }: StoreModel): number {
  return shape.gridDim + shape.wholeDim;
}

function schemaFor(arrow: Arrow, model: StoreModel) {
  const { Field, Schema, List, Float64, Utf8, Binary, Int32 } = arrow;
  const fields = [
    new Field("id", new Utf8(), false),
    new Field("vectors", vectorTypes(arrow, rowLength(model)).vectors, false),
    new Field("stored", new Binary(), false),
    new Field("frames", new Int32(), false),
    new Field("fps", new Float64(), false),
    new Field("splits", new List(new Field("item", new Utf8(), true)), false),
    new Field("caption", new Utf8(), true),
  ];
  const metadata = new Map([
    [MODEL_KEY, model.key],
    [MODEL_NAME, model.name],
  ]);
  return new Schema(fields, metadata);
}

async function checkModel(uri: string, table: Table, { key, name }: StoreModel): Promise<void> {
  const { metadata } = await table.schema();
  const found = metadata.get(MODEL_KEY);
  if (found === key) return;
  const what = found === undefined ? "is not one of motion-lens" : `holds vectors of ${metadata.get(MODEL_NAME)}`;
  throw new EngineError(
    "IndexError",
    `${uri}: its table ${TABLE} ${what}, not of ${name}, read at this frame rate; choose its model (--model, --fps, --level) or another place`,
  );
}

function hitOf(query: ItemVectors, { id, stored, frames, fps, splits, caption }: Row): VectorHit {
  const vectors = vectorsOfBytes(stored);
  const motion = { id, vectors, frames, fps, splits: [...splits], ...(caption !== null && { caption }) };
  return { motion, score: pairScore(query, vectors) };
}

/** A filter in SQL; undefined when it lets everything through. */
function conditionOf({ split, path, hasCaption }: StoreFilter = {}): string | undefined {
  const conditions = [
    ...(split === undefined ? [] : [`array_has(splits, ${quoted(split)})`]),
    ...(path === undefined ? [] : [`strpos(lower(id), ${quoted(path.toLowerCase())}) > 0`]),
    ...(hasCaption === undefined ? [] : [`caption IS ${hasCaption ? "NOT NULL" : "NULL"}`]),
  ];
  return conditions.length === 0 ? undefined : conditions.join(" AND ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function notThere(address: string): EngineError {
  return new EngineError(
    "IndexError",
    `${address}: there is no store of motions here; motion-lens export <folder> --store ... makes one`,
  );
}

/** LanceDB's errors are of no class of their own: whatever opening throws is about the address. */
async function inItsWords<T>(uri: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError("IndexError", `${uri}: LanceDB cannot open it: ${(error as Error).message}`);
  }
}

async function load() {
  try {
    return { lancedb: await import("@lancedb/lancedb"), arrow: await import("apache-arrow") };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    throw new EngineError(
      "IndexError",
      `LanceDB is not installed beside motion-lens (${message.split("\n")[0]}): ${INSTALL}`,
    );
  }
}
