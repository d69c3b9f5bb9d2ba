/** The datasets of this window: their folders, summaries and motion lists, fetched from the engine once and kept. */
import * as path from "node:path";
import * as vscode from "vscode";
import type { DatasetSummary, MotionEntry } from "../../protocol/engine.js";
import type { Engine } from "../../protocol/rpc.js";
import { DisposableStore } from "../disposable.js";
import { Debouncer } from "../engine-client/latest.js";
import { onDidChangeSetting, setting } from "../settings.js";
import { datasetOfFile } from "./layout.js";

/** Copying a dataset in changes many files in a row: look again once it is quiet. */
const FILE_CHANGES_SETTLE_MS = 1500;
/** A program that writes motion after motion is never quiet: look in between. */
const FILE_CHANGES_LONGEST_MS = 20_000;

export class Datasets implements vscode.Disposable {
  readonly #engine: Engine;
  readonly #store = new DisposableStore();
  readonly #onDidChange = this.#store.add(new vscode.EventEmitter<void>());
  readonly #onDidChangeFiles = this.#store.add(new vscode.EventEmitter<string>());
  readonly #watchers = this.#store.add(new DisposableStore());
  readonly #summaries = new Map<string, Promise<DatasetSummary>>();
  readonly #motions = new Map<string, Promise<readonly MotionEntry[]>>();
  #folders: readonly string[] | undefined;

  /** Folders, summaries or lists may have changed. */
  readonly onDidChange = this.#onDidChange.event;
  /** Motion or caption files of this dataset folder changed on the disk. */
  readonly onDidChangeFiles = this.#onDidChangeFiles.event;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.refresh()));
    this.#store.add(onDidChangeSetting(["dataset.folders"], () => this.refresh()));
  }

  /** Absolute dataset folders of all workspace folders on this machine's disk, without repeats. */
  folders(): readonly string[] {
    this.#folders ??= this.#findFolders();
    return this.#folders;
  }

  /** The dataset that a file belongs to. Never fails: in doubt the file's own folder. */
  folderOf(file: string): string {
    return datasetOfFile(file, this.folders());
  }

  /** @throws DatasetError of the engine, for example when the folder holds no motions. */
  summary(folder: string): Promise<DatasetSummary> {
    return this.#kept(this.#summaries, folder, () => this.#engine.call("openDataset", { folder }));
  }

  /** @throws DatasetError of the engine. */
  motions(folder: string): Promise<readonly MotionEntry[]> {
    return this.#kept(this.#motions, folder, async () => {
      // Opening looks at the folder anew, listing alone does not.
      await this.summary(folder);
      return this.#engine.call("listMotions", { folder });
    });
  }

  /** The list's entry of a motion file (absolute path), if the dataset lists it. */
  async entryOf(folder: string, motion: string): Promise<MotionEntry | undefined> {
    const relative = path.relative(folder, motion).split(path.sep).join("/");
    const motions = await this.motions(folder);
    return (
      motions.find((entry) => entry.path === relative) ??
      // One motion kept as joints and as vectors is listed under `new_joints`.
      motions.find((entry) => entry.path === relative.replace(/^new_joint_vecs\//, "new_joints/"))
    );
  }

  /** Forgets what is known and tells the listeners. */
  refresh(): void {
    this.#folders = undefined;
    this.#summaries.clear();
    this.#motions.clear();
    this.#onDidChange.fire();
  }

  dispose(): void {
    this.#store.dispose();
  }

  #kept<T>(cache: Map<string, Promise<T>>, folder: string, fetch: () => Promise<T>): Promise<T> {
    let kept = cache.get(folder);
    if (kept === undefined) {
      kept = fetch();
      cache.set(folder, kept);
      kept.catch(() => cache.get(folder) === kept && cache.delete(folder));
    }
    return kept;
  }

  #findFolders(): readonly string[] {
    const found: string[] = [];
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      if (uri.scheme !== "file") continue;
      const named = setting("dataset.folders", uri).filter((folder) => folder.trim() !== "");
      // The engine finds the HumanML3D layout in folders below by itself.
      if (named.length === 0) found.push(uri.fsPath);
      else found.push(...named.map((folder) => path.resolve(uri.fsPath, folder)));
    }
    const folders = [...new Set(found)];
    this.#watch(folders);
    return folders;
  }

  #watch(folders: readonly string[]): void {
    this.#watchers.clear();
    for (const folder of folders) {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), "**/*.{npy,npz,bvh,txt}");
      const watcher = this.#watchers.add(vscode.workspace.createFileSystemWatcher(pattern));
      const settle = this.#watchers.add(new Debouncer());
      const look = () => {
        this.#summaries.delete(folder);
        this.#motions.delete(folder);
        this.#onDidChangeFiles.fire(folder);
        this.#onDidChange.fire();
      };
      const changed = () => settle.schedule(FILE_CHANGES_SETTLE_MS, look, FILE_CHANGES_LONGEST_MS);
      watcher.onDidCreate(changed);
      watcher.onDidChange(changed);
      watcher.onDidDelete(changed);
    }
  }
}
