/** Words that no motion can support or contradict, and from where on a word counts as supported at all. */

/**
 * Words that name no movement, limb, side, count or direction. They are neither tinted nor marked as unsupported,
 * whatever they score.
 */
const NEUTRAL_WORDS: ReadonlySet<string> = new Set(
  (
    "a an the this that these those and or but as at by for from in into of on onto off out over to up with while then " +
    "is are was were be been being has have having does do doing his her hers him he she it its their them they " +
    "person someone somebody man woman guy figure individual human people one's who which where when it's like very so " +
    "some something there"
  ).split(" "),
);

export function isNeutralWord(word: string): boolean {
  return NEUTRAL_WORDS.has(word.toLowerCase());
}

/** A word whose percentile is below this finds less in a motion than it finds in most others: it is unsupported. */
export const UNSUPPORTED_BELOW = 0.5;
