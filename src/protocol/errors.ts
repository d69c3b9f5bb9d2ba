/**
 * Errors that cross the boundary between the engine process and its clients. Structured clone keeps neither the
 * class nor a custom `name` of an error, so they travel as plain data and are rebuilt at the other end.
 */
import type { EngineErrorName } from "./engine.js";

const ENGINE_ERROR_NAMES: ReadonlySet<string> = new Set<EngineErrorName>([
  "CancelledError",
  "MotionFileError",
  "CaptionFileError",
  "ModelError",
  "IndexError",
  "DatasetError",
  "EngineStoppedError",
]);

/** An error in the user's words; `name` says which kind. */
export class EngineError extends Error {
  override readonly name: EngineErrorName;

  constructor(name: EngineErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

/** Whether an error is one that is meant for the user; with `name`, one of that kind. Works for any class. */
export function isEngineError(error: unknown, name?: EngineErrorName): error is Error & { name: EngineErrorName } {
  if (!(error instanceof Error) || !ENGINE_ERROR_NAMES.has(error.name)) return false;
  return name === undefined || error.name === name;
}

export interface WireError {
  readonly name: string;
  readonly message: string;
  /** Only for errors that are not meant for the user: the log shows it. */
  readonly stack?: string;
}

/** Any thrown value as plain data. */
export function toWireError(error: unknown): WireError {
  if (isEngineError(error)) return { name: error.name, message: error.message };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error) };
}

/** The error of the other end: an `EngineError` where the name is one of those, else an ordinary error with its stack. */
export function fromWireError(wire: WireError): Error {
  if (ENGINE_ERROR_NAMES.has(wire.name)) return new EngineError(wire.name as EngineErrorName, wire.message);
  const error = new Error(wire.message);
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
