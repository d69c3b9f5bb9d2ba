/** The one mutable file of an index: which segments belong to it. Replaced atomically. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { publishFile } from "./files.js";

const MANIFEST_FILE = "manifest.json";
/** Version 1 knew neither deletions nor replaced segments: it is read as having none. */
const MANIFEST_VERSION = 2;
const READABLE_VERSIONS = [1, MANIFEST_VERSION] as const;

const segmentSchema = v.object({
  file: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
  kind: v.picklist(["motions", "captions"]),
  items: v.number(),
  bytes: v.number(),
  /** Generation of the manifest that brought it. */
  generation: v.number(),
});

const manifestSchema = v.object({
  format: v.literal("motion-lens-index"),
  version: v.picklist(READABLE_VERSIONS),
  /** Everything the vectors depend on besides the data. */
  modelKey: v.string(),
  /** The dataset, for whoever looks into the cache directory. */
  folder: v.string(),
  /** Counts the changes. */
  generation: v.number(),
  /** Set when an index run reached its end: everything there was at that time is in. */
  complete: v.boolean(),
  segments: v.array(segmentSchema),
  /** Motions (keys) that are to be taken for gone though a segment still holds them. */
  deleted: v.optional(v.array(v.string()), []),
  /** Segments that a merge replaced: their files may still lie about, but are never taken back. */
  replaced: v.optional(v.array(v.string()), []),
});

export type SegmentEntry = v.InferOutput<typeof segmentSchema>;
export type Manifest = v.InferOutput<typeof manifestSchema>;

export function emptyManifest(modelKey: string, folder: string): Manifest {
  return {
    format: "motion-lens-index",
    version: MANIFEST_VERSION,
    modelKey,
    folder,
    generation: 0,
    complete: false,
    segments: [],
    deleted: [],
    replaced: [],
  };
}

export type ManifestState =
  | { readonly state: "found"; readonly manifest: Manifest; readonly migratedFrom?: number }
  | { readonly state: "missing" }
  | { readonly state: "damaged"; readonly reason: string };

export async function readManifest(folder: string, modelKey: string): Promise<ManifestState> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST_FILE), "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { state: "missing" } : { state: "damaged", reason: message };
  }
  try {
    const value: unknown = JSON.parse(text);
    const parsed = v.safeParse(manifestSchema, value);
    if (!parsed.success) return { state: "damaged", reason: describeUnreadable(value) ?? parsed.issues[0].message };
    const { version, ...manifest } = parsed.output;
    if (manifest.modelKey !== modelKey) return { state: "damaged", reason: "it belongs to another model" };
    return {
      state: "found",
      manifest: { ...manifest, version: MANIFEST_VERSION },
      ...(version !== MANIFEST_VERSION && { migratedFrom: version }),
    };
  } catch (error) {
    return { state: "damaged", reason: (error as Error).message };
  }
}

/** Says it when only the version is strange. */
function describeUnreadable(value: unknown): string | undefined {
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version !== "number" || READABLE_VERSIONS.some((known) => known === version)) return undefined;
  return `it has format version ${version}, this program reads ${READABLE_VERSIONS.join(" and ")}`;
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await publishFile(join(folder, MANIFEST_FILE), [new TextEncoder().encode(JSON.stringify(manifest, null, 1))]);
}

/** Changes whenever the manifest is replaced; empty when there is none. */
export async function manifestStamp(folder: string): Promise<string> {
  try {
    const { mtimeNs, size, ino } = await stat(join(folder, MANIFEST_FILE), { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch {
    return "";
  }
}
