/**
 * Filters written into the search text: `split:test`, `path:walks`, `part:left_leg,arms`, `has:caption`,
 * `has:no-caption`.
 */
import { PART_NAMES } from "../../core/motion/parts.js";
import { partsNamed } from "../../core/motion/part-groups.js";
import type { SearchFilters } from "../../protocol/engine.js";

export interface ParsedQuery {
  /** What is left for the model, in the order written. */
  readonly text: string;
  readonly filters: SearchFilters;
}

export function parseQuery(input: string): ParsedQuery {
  const filters: { split?: string; path?: string; hasCaption?: boolean; parts?: readonly string[] } = {};
  const words = input.split(/\s+/).filter((word) => {
    const [, name, value] = /^(split|path|part|has):(.+)$/i.exec(word) ?? [];
    if (name === undefined || value === undefined) return word !== "";
    if (name.toLowerCase() === "split") filters.split = value;
    else if (name.toLowerCase() === "path") filters.path = value;
    else if (name.toLowerCase() === "part") {
      // A name that is still being typed is left out, rather than taken for words of the sentence.
      const named = value.split(",").filter((part) => partsNamed(part, PART_NAMES).length > 0);
      if (named.length > 0) filters.parts = [...(filters.parts ?? []), ...named];
    } else if (/^captions?$/i.test(value)) filters.hasCaption = true;
    else if (/^no-captions?$/i.test(value)) filters.hasCaption = false;
    else return true;
    return false;
  });
  return { text: words.join(" "), filters };
}
