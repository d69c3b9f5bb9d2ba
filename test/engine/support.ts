/** What the engine tests share: throw-away folders, motions made by hand, engines on the real model. */
import { mkdtempSync, rmSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach } from "vitest";
import { createEncoder, type Encoder } from "../../src/engine/encoders/encoder.js";
import { EngineService, type ServiceOptions } from "../../src/engine/service.js";
import type { EngineEvents, EngineSettings } from "../../src/protocol/engine.js";

export const ROOT = resolve(import.meta.dirname, "..", "..");
export const MODEL = join(ROOT, "models", "default");
export const SAMPLE = join(ROOT, "media", "sample-dataset");

const folders: string[] = [];
const engines: EngineService[] = [];

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "motion-lens-test-"));
  folders.push(folder);
  return folder;
}

/** Writes files, making their folders. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Joints of a sample motion, to be changed and written again. */
export async function sampleMotion(id: string): Promise<Uint8Array> {
  return readFile(join(SAMPLE, "new_joints", `${id}.npy`));
}

export async function sampleIds(): Promise<string[]> {
  return (await readdir(join(SAMPLE, "new_joints"))).map((name) => name.replace(".npy", "")).sort();
}

/** The first `count` motions of the sample dataset with their captions, as a folder of their own. */
export async function smallDataset(count: number, folder = temporaryFolder()): Promise<string> {
  for (const id of (await sampleIds()).slice(0, count)) {
    for (const [part, ending] of [
      ["new_joints", "npy"],
      ["texts", "txt"],
    ] as const) {
      await mkdir(join(folder, part), { recursive: true });
      await cp(join(SAMPLE, part, `${id}.${ending}`), join(folder, part, `${id}.${ending}`));
    }
  }
  return folder;
}

export interface TestEngine {
  readonly service: EngineService;
  readonly log: string[];
}

let shared: Promise<Encoder> | undefined;

/** The real encoder; loaded once for all engines of a test file. */
async function sharedEncoder(...[folder, settings, log]: Parameters<typeof createEncoder>): Promise<Encoder> {
  const encoder = await (shared ??= createEncoder(folder, settings, log));
  return { ...encoder, release: async () => undefined };
}

/** An engine on the real model, closed after the test. */
export async function openEngine(
  settings: Partial<EngineSettings> & { readonly indexFolder: string },
  events: Partial<EngineEvents> = {},
  options: ServiceOptions = {},
): Promise<TestEngine> {
  const log: string[] = [];
  const service = new EngineService(
    { log: ({ level, message }) => log.push(`${level}: ${message}`), ...events },
    { createEncoder: sharedEncoder, ...options },
  );
  engines.push(service);
  await service.call("initialize", { modelFolder: MODEL, executionProvider: "cpu", threads: 0, ...settings });
  return { service, log };
}
