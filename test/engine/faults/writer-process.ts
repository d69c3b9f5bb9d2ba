/**
 * The process that the tests of faults kill: adds, replaces, deletes and merges with the real writer, as fast as it can.
 * Told `go` on stdin, it says on stdout what the index holds when it has opened it, then each change before it is made
 * (`begin`) and after it is safe (`done`). Arguments: index folder, seed, and how many changes to make.
 */
import { readSync, writeSync } from "node:fs";
import { compileKernel } from "../../../src/engine/index/kernel.js";
import { IndexWriter } from "../../../src/engine/index/writer.js";
import { captionOf, liveMotions, motionOf, openStore } from "./synthetic.js";

const [folder, seed, changes, prefix = "m"] = process.argv.slice(2) as [string, string, string, string?];

/** Synchronous: what was said before a kill has arrived. */
function say(word: string, value: unknown): void {
  writeSync(1, `${word} ${JSON.stringify(value)}\n`);
}

let state = Number(seed) >>> 0;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const LIMITS = { smallBytes: 1 << 20, manySmall: 2, manyUnused: 6, unusedShare: 0.1, mergedBytes: 1 << 14 };

async function main(): Promise<void> {
  const compiled = await compileKernel(() => undefined, { kernel: "plain", threads: 1 });
  say("ready", process.pid);
  readSync(0, Buffer.alloc(8));
  const store = openStore(folder, compiled, (level, message) => level === "warn" && say("warn", message));
  const writer = await IndexWriter.open(store, { waitMs: 60_000 });
  say("open", [...liveMotions(store)]);
  for (let change = 0; change < Number(changes); change++) {
    const live = liveMotions(store);
    const keys = [...live.keys()].filter((key) => key.startsWith(prefix));
    const action = random(10);
    if (action < 3 || keys.length < 8) {
      const fresh = Array.from({ length: 1 + random(4) }, () => `${prefix}${random(400)}`);
      const added = [...new Set(fresh)].map((key): [string, number] => [key, (live.get(key) ?? 0) + 1 + random(1000)]);
      say("begin", { set: added });
      await writer.add(
        "motions",
        added.map(([key, version]) => motionOf(key, version)),
      );
    } else if (action < 4) {
      const gone = [...new Set([0, 1, 2].map(() => keys[random(keys.length)]!))];
      say("begin", { gone });
      await writer.delete(gone);
    } else if (action < 5) {
      say("begin", {});
      await writer.add("captions", [captionOf(`${prefix} caption ${random(1000)}`)]);
    } else if (action < 6) {
      say("begin", {});
      await writer.saveTables();
    } else {
      say("begin", { merge: true });
      await writer.compact("motions", () => true, undefined, LIMITS);
      await writer.compact("captions", () => true, undefined, LIMITS);
    }
    say("done", change);
  }
  await writer.close();
  say("end", process.pid);
}

main().catch((error: Error) => {
  say("error", `${error.name}: ${error.message}`);
  process.exitCode = 1;
});
