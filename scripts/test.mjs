/**
 * Runs every tier of tests, the real workbench included.
 *
 *   npm test [-- --tier <name>]...
 *
 * Works on a fresh clone: installs and builds what is missing. The last line is `N passed, N failed` over all tiers; a
 * tier that cannot run counts as one failure, with its reason. The exit code is 0 where nothing failed.
 */
import { parseArgs } from "node:util";
import { ensureDependencies, seconds } from "./lib/prepare.mjs";
import { onStop } from "./lib/processes.mjs";
import { checkNode } from "./lib/project.mjs";
import { sum, unable } from "./lib/reports.mjs";
import { filesNotRun, TIERS } from "./lib/tiers.mjs";

/** All tiers together end within this many minutes, whatever hangs. */
const MINUTES = 38;

const started = Date.now();

/** @returns the tiers asked for, or undefined after telling what is wrong */
function chosenTiers() {
  try {
    const { values } = parseArgs({ options: { tier: { type: "string", multiple: true } } });
    const names = TIERS.map((tier) => tier.name);
    for (const name of values.tier ?? []) {
      if (!names.includes(name)) throw new Error(`there is no tier ${name}; there are ${names.join(", ")}`);
    }
    return TIERS.filter((tier) => !values.tier || values.tier.includes(tier.name));
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    return undefined;
  }
}

/** Runs one tier; whatever goes wrong becomes a failure. */
async function runTier(/** @type {import("./lib/tiers.mjs").Tier} */ tier) {
  console.log(`\n=== ${tier.name}: ${tier.title} ===\n`);
  const left = MINUTES * 60_000 - (Date.now() - started);
  if (left <= 0) return unable(`no time is left of ${MINUTES} minutes`);
  try {
    return await tier.run(Math.min(left, tier.minutes * 60_000));
  } catch (error) {
    return unable(/** @type {Error} */ (error).message);
  }
}

async function main() {
  const tiers = chosenTiers();
  if (!tiers) return 2;
  onStop();
  /** @type {import("./lib/reports.mjs").Outcome[]} */
  const outcomes = [];
  /** @type {string[]} */
  const lines = [];
  const record = (
    /** @type {string} */ name,
    /** @type {import("./lib/reports.mjs").Outcome} */ outcome,
    /** @type {number} */ since,
  ) => {
    outcomes.push(outcome);
    const counts = `${outcome.passed} passed, ${outcome.failed} failed`;
    lines.push(`${name.padEnd(12)}${counts.padEnd(26)}${seconds(since)}`);
    lines.push(...outcome.reasons.map((reason) => `    ${reason.replaceAll("\n", "\n    ")}`));
    console.log(`\n--- ${name}: ${counts} (${seconds(since)})`);
    for (const reason of outcome.reasons) console.log(`    ${reason}`);
  };

  try {
    checkNode();
    await ensureDependencies();
    for (const tier of tiers) {
      const since = Date.now();
      record(tier.name, await runTier(tier), since);
    }
    if (tiers.length === TIERS.length) {
      const orphans = filesNotRun(sum(outcomes).files);
      for (const file of orphans) record("files", unable(`no tier ran ${file}`), Date.now());
    }
  } catch (error) {
    record("setup", unable(/** @type {Error} */ (error).message), started);
  }
  const total = sum(outcomes);
  console.log(`\n=== all tiers, ${seconds(started)} ===\n\n${lines.join("\n")}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
