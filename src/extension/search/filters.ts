/** Filters written into the search text: `split:test`, `path:walks`, `has:caption`, `has:no-caption`. */
import type { SearchFilters } from "../../protocol/engine.js";

export interface ParsedQuery {
  /** What is left for the model, in the order written. */
  readonly text: string;
  readonly filters: SearchFilters;
}

export function parseQuery(input: string): ParsedQuery {
  const filters: { split?: string; path?: string; hasCaption?: boolean } = {};
  const words = input.split(/\s+/).filter((word) => {
    const [, name, value] = /^(split|path|has):(.+)$/i.exec(word) ?? [];
    if (name === undefined || value === undefined) return word !== "";
    if (name.toLowerCase() === "split") filters.split = value;
    else if (name.toLowerCase() === "path") filters.path = value;
    else if (/^captions?$/i.test(value)) filters.hasCaption = true;
    else if (/^no-captions?$/i.test(value)) filters.hasCaption = false;
    else return true;
    return false;
  });
  return { text: words.join(" "), filters };
}
