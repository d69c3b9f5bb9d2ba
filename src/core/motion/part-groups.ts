/** Names that people use for body parts in a filter: a part of the grid, a limb, or one word for several. */

/** Pattern of the parts of a motion image that a name stands for; see `PART_NAMES`. */
const GROUPS: Readonly<Record<string, RegExp>> = {
  body: /./,
  left_leg: /^left_(hip|knee|ankle)$/,
  right_leg: /^right_(hip|knee|ankle)$/,
  legs: /_(hip|knee|ankle)$/,
  left_arm: /^left_(shoulder|elbow)$/,
  right_arm: /^right_(shoulder|elbow)$/,
  arms: /_(shoulder|elbow)$/,
  feet: /_ankle$/,
  trunk: /^(pelvis|lumbar)$/,
  head: /^neck$/,
};

export const PART_GROUPS: readonly string[] = Object.keys(GROUPS);

/** The parts, by index, that a name stands for ("left_leg", "left-leg", "Left Leg"); none when it is not known. */
export function partsNamed(name: string, parts: readonly string[]): number[] {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  const pattern = Object.hasOwn(GROUPS, plain) ? GROUPS[plain]! : undefined;
  return parts.flatMap((part, index) => (part === plain || pattern?.test(part) ? [index] : []));
}
