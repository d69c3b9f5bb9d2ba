/**
 * ONNX Runtime behind one small interface: the native binding where its binary exists, WebAssembly where not.
 * `session.run` computes synchronously inside, in both; messages get in between two runs only.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { InferenceSession, OnnxValue, Tensor } from "onnxruntime-node";
import { EngineError, isEngineError } from "../../protocol/errors.js";

export type ProviderSetting = "auto" | "cpu" | "wasm";
export type Log = (level: "debug" | "info" | "warn" | "error", message: string) => void;

/** The API that both packages share. */
interface OrtModule {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32" | "int64", data: Float32Array | BigInt64Array, dims: number[]) => Tensor;
  readonly env: { readonly versions: { readonly node?: string; readonly web?: string; readonly common: string } };
}

interface NativeModule extends OrtModule {
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
}

export type Input =
  | { readonly type: "float32"; readonly data: Float32Array; readonly dims: number[] }
  | { readonly type: "int64"; readonly data: BigInt64Array; readonly dims: number[] };

export interface Output {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** @throws EngineError `ModelError` when the model refuses the input or an output is not float32. */
  run(feeds: Readonly<Record<string, Input>>): Promise<Readonly<Record<string, Output>>>;
  release(): Promise<void>;
}

export interface Runtime {
  /** What runs, for the user: `cpu (onnxruntime-node 1.30.0)`. */
  readonly label: string;
  /** A shorter name, `cpu`, `wasm`, `cuda`, ... */
  readonly provider: string;
  /** @param name the file's name, for errors. */
  createSession(name: string, bytes: Uint8Array): Promise<Session>;
}

/**
 * GPU providers in the order in which they are tried. (`webgpu`, which ONNX Runtime 1.30 also offers, writes to stderr
 * where there is no adapter, and gains nothing for models of this size.)
 */
const GPU_PROVIDERS = ["cuda", "dml", "coreml"] as const;

export interface RuntimeSettings {
  readonly executionProvider: ProviderSetting;
  /** 0 lets the engine choose: one. */
  readonly threads: number;
}

/** All runtimes to try, the preferred one first; the last one runs everywhere. */
export async function availableRuntimes(settings: RuntimeSettings, log: Log): Promise<Runtime[]> {
  const runtimes: Runtime[] = [];
  if (settings.executionProvider !== "wasm") {
    const native = await loadNative(log);
    if (native !== undefined) {
      const version = `onnxruntime-node ${native.env.versions.node ?? native.env.versions.common}`;
      if (settings.executionProvider === "auto") {
        for (const provider of offeredGpus(native)) {
          runtimes.push(runtimeOf(native, provider, `${provider} (${version})`, settings));
        }
      }
      runtimes.push(runtimeOf(native, "cpu", `cpu (${version})`, settings));
      return runtimes;
    }
  }
  runtimes.push(await wasmRuntime(settings));
  return runtimes;
}

async function loadNative(log: Log): Promise<NativeModule | undefined> {
  // ONNX Runtime 1.30 reports to its maker on Linux and macOS unless this is set before it is loaded. Nothing of ours
  // leaves the machine.
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  try {
    const loaded = (await import("onnxruntime-node")) as unknown as { default?: NativeModule } & NativeModule;
    const module = loaded.default ?? loaded;
    // Loads the binary: a package without one for this platform fails here.
    module.listSupportedBackends();
    return module;
  } catch (error) {
    log("info", `ONNX Runtime has no native binary here, WebAssembly is used: ${firstLine(error)}`);
    return undefined;
  }
}

/** GPU providers whose libraries are there: asking for an absent one makes ONNX Runtime write to stderr. */
function offeredGpus(native: NativeModule): string[] {
  const backends = new Map(native.listSupportedBackends().map(({ name, bundled }) => [name, bundled]));
  return GPU_PROVIDERS.filter((name) => {
    const bundled = backends.get(name);
    return bundled === true || (bundled === false && providerLibraryExists(name));
  });
}

function providerLibraryExists(provider: string): boolean {
  const root = dirname(dirname(createRequire(__filename).resolve("onnxruntime-node")));
  const folder = join(root, "bin", "napi-v6", process.platform, process.arch);
  return [`libonnxruntime_providers_${provider}.so`, `onnxruntime_providers_${provider}.dll`].some((name) =>
    existsSync(join(folder, name)),
  );
}

async function wasmRuntime(settings: RuntimeSettings): Promise<Runtime> {
  let module: OrtModule & { env: { wasm: { numThreads?: number; proxy?: boolean } } };
  try {
    const loaded = (await import("onnxruntime-web")) as unknown as { default?: typeof module } & typeof module;
    module = loaded.default ?? loaded;
  } catch (error) {
    throw new EngineError(
      "ModelError",
      `ONNX Runtime cannot be loaded, neither native nor WebAssembly: ${firstLine(error)}`,
    );
  }
  module.env.wasm.numThreads = Math.max(1, settings.threads);
  module.env.wasm.proxy = false;
  const version = module.env.versions.web ?? module.env.versions.common;
  return runtimeOf(module, "wasm", `wasm (onnxruntime-web ${version})`, settings);
}

function runtimeOf(module: OrtModule, provider: string, label: string, settings: RuntimeSettings): Runtime {
  const options: InferenceSession.SessionOptions = {
    executionProviders: provider === "cpu" || provider === "wasm" ? [provider] : [provider, "cpu"],
    graphOptimizationLevel: "all",
    // Warnings about operators placed on the CPU are no news for the user.
    logSeverityLevel: 3,
    ...(provider !== "wasm" && {
      // One thread: sums are split by the number of threads, so that vectors made on two machines (or with another
      // setting) would differ in their last bits. With models of this size more threads hardly gain anything.
      intraOpNumThreads: settings.threads || 1,
      // Waiting threads that spin take the processor from everybody else.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    }),
  };
  return {
    label,
    provider,
    createSession: async (name, bytes) => {
      try {
        return sessionOf(module, name, await module.InferenceSession.create(bytes, options));
      } catch (error) {
        throw new EngineError("ModelError", `${name} cannot be run by ${label}: ${firstLine(error)}`);
      }
    },
  };
}

function sessionOf(module: OrtModule, name: string, session: InferenceSession): Session {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    release: () => session.release(),
    run: async (feeds) => {
      try {
        const tensors = Object.entries(feeds).map(
          ([input, { type, data, dims }]) => [input, new module.Tensor(type, data, dims)] as const,
        );
        const outputs = await session.run(Object.fromEntries(tensors));
        return Object.fromEntries(
          Object.entries(outputs).map(([output, value]) => [output, outputOf(name, output, value)]),
        );
      } catch (error) {
        if (isEngineError(error)) throw error;
        throw new EngineError("ModelError", `${name} failed: ${firstLine(error)}`);
      }
    },
  };
}

function outputOf(name: string, output: string, value: OnnxValue): Output {
  const { data, dims } = value as Tensor;
  if (!(data instanceof Float32Array)) throw new EngineError("ModelError", `${name}: output ${output} is not float32`);
  return { data, dims };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
