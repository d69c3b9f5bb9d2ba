/** Plain matching of caption words: the marked group beside the ranked results, never mixed with their scores. */

/** Words of a text in lower case, without accents and punctuation. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

/** A test whether a caption holds every word of the query; the last word may be one that is still being typed. */
export function wordMatcher(query: string): ((caption: string) => boolean) | undefined {
  const wanted = wordsOf(query);
  if (wanted.length === 0) return undefined;
  const last = wanted[wanted.length - 1]!;
  const whole = wanted.slice(0, -1);
  return (caption) => {
    const words = new Set(wordsOf(caption));
    if (!whole.every((word) => words.has(word))) return false;
    if (words.has(last)) return true;
    for (const word of words) if (word.startsWith(last)) return true;
    return false;
  };
}
