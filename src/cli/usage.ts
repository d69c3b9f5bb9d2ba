/** What the program says about itself, and how it reads its arguments. */
import { parseArgs } from "node:util";
import { STORAGE_LEVELS, type StorageLevel } from "../protocol/engine.js";

export const HELP = `motion-lens: search, describe and align 3D human motions with text, offline

  motion-lens index <folder>                       index a dataset (done by itself where needed)
  motion-lens search <folder> "<text>"             motions that fit a text; --queries <file>: one text a line;
                                                   with --store no folder is needed
  motion-lens similar <folder> <motion>            motions like a motion; --frames a:b: like that part of it
  motion-lens describe <folder> <motion>           captions that fit a motion; --motions <file>: one motion a line
  motion-lens align <motion> "<text>"              which word is carried by which body part, when;
                                                   --pairs <file>: one motion<TAB>text a line
  motion-lens encode <motion>                      the model's vectors as JSON; --motions <file>: one motion a line,
                                                   --queries <file>: of texts, one a line
  motion-lens merge <folder>                       makes one index of the shards that index --shard wrote
  motion-lens export <folder> --store <store>      puts the vectors of a dataset into a store
  motion-lens bench                                how fast search is here, beside other programs
  motion-lens inspect <motion>                     what a motion file holds; --angles compat|clean adds joint angles

  --json                one JSON answer a line on stdout, nothing else
  --top <n>             answers of search, similar and describe (10)
  --split <name>        search, similar: only motions of this split
  --path <text>         search, similar: only motions whose path contains this text
  --has-caption, --no-caption
                        search, similar: only motions with, or without, a caption
  --part <names>        search, similar: only what these body parts do counts, for example left_leg,right_arm
  --exact               search, similar: score every motion, also of a large folder
  --level <name>        what is stored of motions: full, or pooled, where patches that nearly agree share a vector; an
                        index or store is of one level, and every command on it is to be given the same (full)
  --rebuild             index: encodes everything anew
  --shard <i>/<n>       index, export: only the i-th of n parts, kept apart from the index
  --from <folder>       merge: shards that lie elsewhere, as below the --index-dir of another machine; can be repeated
  --store <store>       search, export: lancedb:<address>, a LanceDB table in a folder or on object storage (s3://...),
                        or embedded:<folder>, an index of this program apart from any dataset
  --motions <n>, --data <folder>, --python <program>
                        bench: size of the set (30000), where its real motions come from (the sample dataset),
                        and a Python with torch and numpy to compare with (python3)
  --keep <folder>       bench: where the set is kept for the next run with the same data (nowhere)
  --levels              bench: how well captions of the data find their motions at each storage level, in how many bytes
  --fps <n>             frame rate of the files, in place of 20 (22 joints) or 12.5 (21 joints)
  --model <folder>      model package (the one that holds model.json)
  --index-dir <folder>  where indexes are kept, in place of the user's cache directory
  --provider <name>     auto, cpu or wasm
  --threads <n>         threads of the encoders (1; with more, vectors differ in their last bits)
  --verbose             more on stderr
  --help, --version

Exit code: 0 success, 1 failure, 2 wrong use.
`;

/** The command line was not understood; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type Command =
  | { readonly name: "help" }
  | { readonly name: "version" }
  | { readonly name: "index"; readonly folder: string; readonly options: Options }
  | { readonly name: "search"; readonly folder: string; readonly texts: TextSource; readonly options: Options }
  | { readonly name: "similar"; readonly folder: string; readonly motion: string; readonly options: Options }
  | { readonly name: "describe"; readonly folder: string; readonly motions: TextSource; readonly options: Options }
  | { readonly name: "align"; readonly pairs: PairSource; readonly options: Options }
  | { readonly name: "encode"; readonly motions?: TextSource; readonly texts?: TextSource; readonly options: Options }
  | { readonly name: "export"; readonly folder: string; readonly options: Options }
  | { readonly name: "merge"; readonly folder: string; readonly options: Options }
  | { readonly name: "bench"; readonly options: Options }
  | { readonly name: "inspect"; readonly motion: string; readonly options: Options };

/** One text, or a file with one a line. */
export type TextSource = { readonly one: string } | { readonly file: string };
export type PairSource = { readonly motion: string; readonly text: string } | { readonly file: string };

export interface StoreAddress {
  readonly kind: "lancedb" | "embedded";
  readonly address: string;
}

export interface Options {
  readonly json: boolean;
  readonly top: number;
  readonly split?: string;
  readonly path?: string;
  readonly hasCaption?: boolean;
  readonly parts?: readonly string[];
  readonly exact: boolean;
  readonly frames?: readonly [number, number];
  readonly fps: number;
  readonly model?: string;
  readonly indexDir?: string;
  readonly provider: "auto" | "cpu" | "wasm";
  readonly threads: number;
  readonly angles?: "compat" | "clean";
  readonly store?: StoreAddress;
  readonly rebuild: boolean;
  readonly level: StorageLevel;
  /** Places of shards besides the index's own. */
  readonly from: readonly string[];
  readonly shard?: { readonly index: number; readonly count: number };
  readonly motions: number;
  readonly data?: string;
  readonly python: string;
  /** Where bench keeps its set. */
  readonly keep?: string;
  /** Measures storage levels in place of search. */
  readonly levels: boolean;
  /** How bench starts itself again: with a folder that says which set to search, or, with a number, what part to write. */
  readonly measure?: string;
  readonly write?: number;
  readonly verbose: boolean;
}

const COMMON = {
  json: { type: "boolean" },
  model: { type: "string" },
  "index-dir": { type: "string" },
  provider: { type: "string" },
  threads: { type: "string" },
  fps: { type: "string" },
  verbose: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

const FILTERS = {
  split: { type: "string" },
  path: { type: "string" },
  "has-caption": { type: "boolean" },
  "no-caption": { type: "boolean" },
  part: { type: "string" },
  exact: { type: "boolean" },
} as const;

const LEVEL = { level: { type: "string" } } as const;

type OwnOptions = Readonly<Record<string, { readonly type: "string" | "boolean"; readonly multiple?: boolean }>>;

const OWN_OPTIONS: Readonly<Record<string, OwnOptions>> = {
  index: { shard: { type: "string" }, rebuild: { type: "boolean" }, ...LEVEL },
  export: { store: { type: "string" }, shard: { type: "string" }, ...LEVEL },
  merge: { from: { type: "string", multiple: true }, ...LEVEL },
  bench: {
    motions: { type: "string" },
    data: { type: "string" },
    python: { type: "string" },
    keep: { type: "string" },
    levels: { type: "boolean" },
    measure: { type: "string" },
    write: { type: "string" },
  },
  search: {
    store: { type: "string" },
    top: { type: "string" },
    queries: { type: "string" },
    ...FILTERS,
    ...LEVEL,
  },
  similar: { top: { type: "string" }, frames: { type: "string" }, ...FILTERS, ...LEVEL },
  describe: { top: { type: "string" }, motions: { type: "string" }, ...LEVEL },
  encode: { motions: { type: "string" }, queries: { type: "string" } },
  align: { pairs: { type: "string" }, ...LEVEL },
  inspect: { angles: { type: "string" } },
};

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return { name: "help" };
  if (name === "--version") return { name: "version" };
  const own = Object.hasOwn(OWN_OPTIONS, name) ? OWN_OPTIONS[name] : undefined;
  if (own === undefined) {
    throw new UsageError(`there is no command ${name}; commands are ${Object.keys(OWN_OPTIONS).join(", ")}`);
  }
  const { values, positionals } = parseValues(rest, own);
  if (values["help"] === true) return { name: "help" };
  if (values["version"] === true) return { name: "version" };
  const options = optionsOf(values, name === "bench");
  switch (name) {
    case "bench":
      take(name, positionals, []);
      return { name, options };
    case "export":
      if (options.store === undefined) throw new UsageError(`--store is missing: export <folder> --store <store>`);
      return { name, folder: take(name, positionals, ["folder"])[0]!, options };
    case "merge":
      return { name, folder: take(name, positionals, ["folder"])[0]!, options };
    case "index":
      return { name, folder: take(name, positionals, ["folder"])[0]!, options };
    case "search": {
      // A store is searched without a dataset; a folder that is named all the same does no harm.
      const words = text(values, "queries", ["text"]);
      const hasFolder = options.store === undefined || positionals.length > words.length;
      const given = take(name, positionals, hasFolder ? ["folder", ...words] : words);
      const [folder, one] = hasFolder ? given : ["", ...given];
      return { name, folder: folder!, texts: source(values, "queries", one), options };
    }
    case "similar": {
      const [folder, motion] = take(name, positionals, ["folder", "motion"]);
      return { name, folder: folder!, motion: motion!, options };
    }
    case "describe": {
      const [folder, one] = take(name, positionals, text(values, "motions", ["folder", "motion"]));
      return { name, folder: folder!, motions: source(values, "motions", one), options };
    }
    case "encode": {
      const { motions, queries } = values;
      const listed = motions !== undefined || queries !== undefined;
      const [one] = take(name, positionals, listed ? [] : ["motion"]);
      return {
        name,
        ...((one !== undefined || motions !== undefined) && { motions: source(values, "motions", one) }),
        ...(queries !== undefined && { texts: source(values, "queries", undefined) }),
        options,
      };
    }
    case "align": {
      const file = values["pairs"];
      if (typeof file === "string") {
        take(name, positionals, []);
        return { name, pairs: { file }, options };
      }
      const [motion, words] = take(name, positionals, ["motion", "text"]);
      return { name, pairs: { motion: motion!, text: words! }, options };
    }
    default:
      return { name: "inspect", motion: take(name, positionals, ["motion"])[0]!, options };
  }
}

function parseValues(args: readonly string[], own: OwnOptions): { values: Values; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: { ...COMMON, ...own }, allowPositionals: true, strict: true });
  } catch (error) {
    // The message of parseArgs goes on with advice about `--`; its first sentence says what is wrong.
    throw new UsageError((error as Error).message.split(". ")[0]!);
  }
}

/** With a list file the last positional falls away. */
function text(values: Values, option: string, names: readonly string[]): readonly string[] {
  return values[option] === undefined ? names : names.slice(0, -1);
}

function source(values: Values, option: string, one: string | undefined): TextSource {
  const file = values[option];
  return typeof file === "string" ? { file } : { one: one! };
}

function take(command: string, positionals: readonly string[], names: readonly string[]): readonly string[] {
  if (positionals.length !== names.length) {
    const form = ["motion-lens", command, ...names.map((name) => `<${name}>`)].join(" ");
    const missing = names[positionals.length];
    throw new UsageError(
      missing === undefined
        ? `unexpected argument ${positionals[names.length]}: ${form}`
        : `<${missing}> is missing: ${form}`,
    );
  }
  const empty = positionals.findIndex((value) => value.trim() === "");
  if (empty >= 0) throw new UsageError(`<${names[empty]}> is empty`);
  return positionals;
}

function optionsOf(values: Values, isBench: boolean): Options {
  if (values["has-caption"] === true && values["no-caption"] === true) {
    throw new UsageError("--has-caption and --no-caption exclude each other");
  }
  return {
    json: values["json"] === true,
    top: number(values, "top", 10, (value) => Number.isInteger(value) && value >= 1, "a whole number from 1"),
    fps: number(values, "fps", 0, (value) => value > 0 && Number.isFinite(value), "a positive number"),
    threads: number(values, "threads", 0, (value) => Number.isInteger(value) && value >= 0, "a whole number from 0"),
    provider: choice(values, "provider", ["auto", "cpu", "wasm"]) ?? "auto",
    angles: choice(values, "angles", ["compat", "clean"]),
    store: storeAddress(string(values, "store")),
    shard: shard(string(values, "shard")),
    rebuild: values["rebuild"] === true,
    level: choice(values, "level", STORAGE_LEVELS) ?? "full",
    from: strings(values, "from"),
    // `describe` has an option of that name, a file.
    motions: isBench
      ? number(values, "motions", 30_000, (value) => Number.isInteger(value) && value >= 1, "a whole number from 1")
      : 0,
    data: string(values, "data"),
    python: string(values, "python") ?? "python3",
    keep: string(values, "keep"),
    levels: values["levels"] === true,
    measure: string(values, "measure"),
    write: isBench && values["write"] !== undefined ? Number(values["write"]) : undefined,
    split: string(values, "split"),
    path: string(values, "path"),
    model: string(values, "model"),
    indexDir: string(values, "index-dir"),
    hasCaption: values["has-caption"] === true ? true : values["no-caption"] === true ? false : undefined,
    parts: string(values, "part")
      ?.split(",")
      .map((name) => name.trim()),
    exact: values["exact"] === true,
    frames: frameRange(values),
    verbose: values["verbose"] === true,
  };
}

function frameRange(values: Values): readonly [number, number] | undefined {
  const text = string(values, "frames");
  if (text === undefined) return undefined;
  const [, start, end] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (start === undefined || Number(start) >= Number(end)) {
    throw new UsageError(`--frames takes start:end in frames, end not included, not ${text}`);
  }
  return [Number(start), Number(end)];
}

function storeAddress(text: string | undefined): StoreAddress | undefined {
  if (text === undefined) return undefined;
  const [, kind, address] = /^(lancedb|embedded):(.+)$/.exec(text) ?? [];
  if (kind === undefined || address === undefined) {
    throw new UsageError(`--store takes lancedb:<folder or address> or embedded:<folder>, not ${text}`);
  }
  return { kind: kind as StoreAddress["kind"], address };
}

function shard(text: string | undefined): { index: number; count: number } | undefined {
  if (text === undefined) return undefined;
  const [index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number) as [number?, number?];
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new UsageError(`--shard takes i/n with i from 1 to n, not ${text}`);
  }
  return { index, count };
}

function string(values: Values, name: string): string | undefined {
  const value = values[name];
  if (value === "") throw new UsageError(`--${name} is empty`);
  return typeof value === "string" ? value : undefined;
}

function strings(values: Values, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one !== "") : [];
}

function number(
  values: Values,
  name: string,
  otherwise: number,
  fits: (value: number) => boolean,
  what: string,
): number {
  const text = string(values, name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!fits(value)) throw new UsageError(`--${name} takes ${what}, not ${text}`);
  return value;
}

function choice<T extends string>(values: Values, name: string, choices: readonly T[]): T | undefined {
  const text = string(values, name);
  if (text === undefined) return undefined;
  const found = choices.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${name} takes ${choices.join(", ")}, not ${text}`);
  return found;
}
