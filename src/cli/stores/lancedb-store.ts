/**
 * The `VectorStore` on LanceDB, whose tables lie in a folder or on object storage. It is no part of what is shipped:
 * whoever wants it installs `@lancedb/lancedb` beside the command line.
 */
import type { Connection, Table, VectorQuery } from "@lancedb/lancedb";
import { compareCodeUnits } from "../../engine/dataset/paths.js";
import { dequantiseVectors } from "../../core/retrieval/quantise.js";
import type { TokenVectors } from "../../core/retrieval/vectors.js";
import { EngineError } from "../../protocol/errors.js";
import type { StoredMotion, VectorHit, VectorSearch, VectorStore } from "./vector-store.js";

const TABLE = "motions";
const ROWS_AT_A_TIME = 500;

export class LanceDbStore implements VectorStore {
  private constructor(
    private readonly connection: Connection,
    private readonly table: Table,
    private readonly dim: number,
  ) {}

  /**
   * @param uri a folder, or an address that LanceDB knows (`s3://`, `gs://`, `az://`).
   * @throws EngineError `IndexError` when LanceDB is not installed, or the table is of another dimension.
   */
  static async open(uri: string, dim: number): Promise<LanceDbStore> {
    const { lancedb, arrow } = await load();
    const connection = await lancedb.connect(uri);
    const vector = new arrow.FixedSizeList(dim, new arrow.Field("item", new arrow.Float32(), true));
    const schema = new arrow.Schema([
      new arrow.Field("id", new arrow.Utf8(), false),
      new arrow.Field("vectors", new arrow.List(new arrow.Field("item", vector, true)), false),
    ]);
    const table = (await connection.tableNames()).includes(TABLE)
      ? await connection.openTable(TABLE)
      : await connection.createEmptyTable(TABLE, schema);
    const found = await table.schema();
    const type = String(found.fields.find(({ name }) => name === "vectors")?.type ?? "missing");
    if (!type.includes(`[${dim}]`)) {
      throw new EngineError("IndexError", `${uri}: its table holds ${type}, not vectors of ${dim} numbers`);
    }
    return new LanceDbStore(connection, table, dim);
  }

  async upsert(motions: readonly StoredMotion[], signal?: AbortSignal): Promise<void> {
    for (let at = 0; at < motions.length; at += ROWS_AT_A_TIME) {
      signal?.throwIfAborted();
      const rows = motions.slice(at, at + ROWS_AT_A_TIME).map(({ id, vectors }) => {
        const values = dequantiseVectors(vectors);
        const list = Array.from({ length: vectors.count }, (_, row) => [
          ...values.subarray(row * this.dim, (row + 1) * this.dim),
        ]);
        return { id, vectors: list };
      });
      await this.table.mergeInsert("id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
    }
  }

  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.table.delete(`id in (${ids.map(quoted).join(", ")})`);
  }

  async search(query: TokenVectors, { top, ids }: VectorSearch): Promise<VectorHit[]> {
    if (ids?.length === 0 || query.count === 0) return [];
    const values = dequantiseVectors(query);
    const token = (at: number) => [...values.subarray(at * this.dim, (at + 1) * this.dim)];
    let search: VectorQuery = this.table.query().nearestTo(token(0)).column("vectors").distanceType("cosine");
    for (let at = 1; at < query.count; at++) search = search.addQueryVector(token(at));
    if (ids !== undefined) search = search.where(`id in (${ids.map(quoted).join(", ")})`);
    const rows = (await search.select(["id", "_distance"]).limit(top).toArray()) as { id: string; _distance: number }[];
    // Its distance is the sum over the tokens of 1 - best cosine.
    return rows
      .map(({ id, _distance }): VectorHit => ({ id, score: 1 - _distance / query.count }))
      .sort((a, b) => b.score - a.score || compareCodeUnits(a.id, b.id));
  }

  async count(): Promise<number> {
    return this.table.countRows();
  }

  async close(): Promise<void> {
    this.table.close();
    this.connection.close();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function load() {
  try {
    return { lancedb: await import("@lancedb/lancedb"), arrow: await import("apache-arrow") };
  } catch (error) {
    if (!/Cannot find (module|package)|ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/.test(String(error))) throw error;
    throw new EngineError(
      "IndexError",
      "LanceDB is not installed: npm install @lancedb/lancedb apache-arrow@18.1.0, beside motion-lens",
    );
  }
}
