/** The three kinds of failure, told apart in one place. */
import * as path from "node:path";
import { isEngineError } from "../protocol/errors.js";

/** A failure that is the user's to know and mend; its message is in the user's words. */
export class ExpectedError extends Error {
  override readonly name = "ExpectedError";
}

export type ErrorKind = "cancelled" | "expected" | "internal";

export function kindOfError(error: unknown): ErrorKind {
  if (isEngineError(error, "CancelledError") || (error instanceof Error && error.name === "AbortError")) {
    return "cancelled";
  }
  // VS Code's own cancellation error has this message and no class that crosses extensions.
  if (error instanceof Error && (error.name === "Canceled" || error.message === "Canceled")) return "cancelled";
  return error instanceof ExpectedError || isEngineError(error) ? "expected" : "internal";
}

/** A message about one file that is on the screen: its name is enough, its folder is known. */
export function shortMessage(error: unknown, file: string): string {
  return messageOf(error).replaceAll(file, path.basename(file));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
