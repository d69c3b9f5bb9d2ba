import type * as vscode from "vscode";

const KEY = "motionLens.recentQueries";
const MOST_KEPT = 8;

/** Offered while nothing is typed; they show what kinds of things the search understands. */
export const EXAMPLE_QUERIES: readonly string[] = [
  "a person kicks with the left leg",
  "someone walks forward and then turns around",
  "raises the right arm and waves",
  "sits down slowly",
  "jumps twice on the spot",
];

/** The searches that ended with a motion, latest first, remembered for the workspace. */
export class RecentQueries {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  all(): readonly string[] {
    return this.#memory.get<readonly string[]>(KEY, []);
  }

  async add(query: string): Promise<void> {
    if (query === "") return;
    const others = this.all().filter((kept) => kept !== query);
    await this.#memory.update(KEY, [query, ...others].slice(0, MOST_KEPT));
  }
}
