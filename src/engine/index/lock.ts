/**
 * One writer per index. The lock is a file that names its owner: process id, host, and when that process started,
 * so that a dead owner can be told from a living one even after its id was given to another process. Where that
 * cannot be known (another host on a shared disk), an owner that stops touching its lock counts as dead.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../../protocol/errors.js";
import { throwIfCancelled } from "../tasks.js";
import { asIndexError } from "./files.js";

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the system's own unit; empty where it cannot be read. */
  readonly started: string;
  readonly token: string;
}

const LOCK_FILE = "writer.lock";
const TOUCH_MS = 2_000;
/** An owner of unknown state that has not touched its lock for so long, as watched by us, counts as dead. */
const SILENCE_MS = 30_000;
const POLL_MS = 250;

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** How long to wait for another writer. */
  readonly waitMs: number;
  /** Called once when another writer is found. */
  readonly onWait?: (owner: string) => void;
}

export class WriterLock {
  readonly #touching: NodeJS.Timeout;

  private constructor(
    private readonly path: string,
    private readonly owner: LockOwner,
  ) {
    this.#touching = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
    }, TOUCH_MS);
    this.#touching.unref();
  }

  /**
   * Takes the lock of an index folder, waiting for a living owner and taking over from a dead one.
   *
   * @throws EngineError `IndexError` when another writer still holds it after `waitMs`, or the place cannot be written.
   */
  static async acquire(folder: string, options: LockOptions): Promise<WriterLock> {
    const path = join(folder, LOCK_FILE);
    const owner: LockOwner = {
      pid: process.pid,
      host: hostname(),
      started: processStart(process.pid),
      token: randomBytes(8).toString("hex"),
    };
    const began = performance.now();
    let watched: { readonly seen: string; readonly since: number } | undefined;
    let announced = false;
    for (;;) {
      throwIfCancelled(options.signal);
      if (await create(path, owner, folder)) return new WriterLock(path, owner);
      const found = await look(path);
      if (found === undefined) continue;
      if (watched?.seen !== found.seen) watched = { seen: found.seen, since: performance.now() };
      const silent = performance.now() - watched.since > SILENCE_MS;
      if (isDead(found.owner) || (silent && !isKnownAlive(found.owner))) {
        await removeStale(path, found.text);
        continue;
      }
      const name = describeOwner(found.owner);
      if (performance.now() - began > options.waitMs) {
        throw new EngineError("IndexError", `${folder}: ${name} is indexing this folder; try again when it is done`);
      }
      if (!announced) options.onWait?.(name);
      announced = true;
      await sleep(POLL_MS);
    }
  }

  /** Whether the lock is still ours; false after somebody took us for dead (a machine that slept). */
  async isHeld(): Promise<boolean> {
    return (await look(this.path))?.owner?.token === this.owner.token;
  }

  async release(): Promise<void> {
    clearInterval(this.#touching);
    if (await this.isHeld()) await rm(this.path, { force: true });
  }
}

/** Makes the lock, whole from the first moment; false when there is one. */
async function create(path: string, owner: LockOwner, folder: string): Promise<boolean> {
  const text = JSON.stringify(owner);
  const prepared = `${path}.${owner.token}.tmp`;
  try {
    await writeFile(prepared, text);
    await link(prepared, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: the present writer cleared our prepared file away.
    if (code === "EEXIST" || code === "ENOENT") return lockIsThere(path, error, folder);
    if (!NO_LINKS.includes(code ?? "")) throw asIndexError(error, folder);
    return await createInPlace(path, text, folder);
  } finally {
    await rm(prepared, { force: true }).catch(() => undefined);
  }
}

/** What file systems without hard links say. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "UNKNOWN", "EINVAL"];

async function lockIsThere(path: string, error: unknown, folder: string): Promise<false> {
  const isThere = await look(path);
  // Without folder and lock it is no other writer that is in the way.
  if (isThere === undefined && !(await stat(folder).catch(() => undefined))) throw asIndexError(error, folder);
  return false;
}

async function createInPlace(path: string, text: string, folder: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    await rm(path, { force: true }).catch(() => undefined);
    throw asIndexError(error, folder);
  }
}

/** The lock as it stands; `seen` changes whenever its owner touches it. Undefined when it is gone. */
async function look(path: string): Promise<{ owner?: LockOwner; text: string; seen: string } | undefined> {
  try {
    const text = await readFile(path, "utf8");
    const { mtimeMs, ino } = await stat(path);
    return { owner: parseOwner(text), text, seen: `${ino} ${mtimeMs} ${text}` };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw asIndexError(error, path);
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockOwner> | null;
    if (typeof value?.pid === "number" && typeof value.host === "string" && typeof value.token === "string") {
      return { pid: value.pid, host: value.host, started: String(value.started ?? ""), token: value.token };
    }
  } catch {
    // Its writer was killed between making and filling it, or is about to fill it: silence decides.
  }
  return undefined;
}

/** Whether the owner is surely gone. */
function isDead(owner: LockOwner | undefined): boolean {
  if (owner === undefined || owner.host !== hostname()) return false;
  if (!processExists(owner.pid)) return true;
  const started = processStart(owner.pid);
  return started !== "" && owner.started !== "" && started !== owner.started;
}

/** Whether the owner surely lives; then its silence (a long write, a stopped debugger) is no reason to take over. */
function isKnownAlive(owner: LockOwner | undefined): boolean {
  if (owner === undefined || owner.host !== hostname() || owner.started === "") return false;
  return processExists(owner.pid) && processStart(owner.pid) === owner.started;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Start time of a process in clock ticks since boot, with the boot's id; empty where the system does not tell. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in brackets, may hold blanks; field 22 counts from after it.
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${started}`;
  } catch {
    return "";
  }
}

/** Removes a dead owner's lock, unless somebody else did so and took it meanwhile. */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await rename(path, aside);
    // Between our look and the rename another waiter may have taken over: then give the lock back.
    if ((await readFile(aside, "utf8")) !== text) await link(aside, path).catch(() => undefined);
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw asIndexError(error, path);
  }
}

function describeOwner(owner: LockOwner | undefined): string {
  if (owner === undefined) return "another window or program";
  const where = owner.host === hostname() ? "" : ` on ${owner.host}`;
  return `another window or program (process ${owner.pid}${where})`;
}
