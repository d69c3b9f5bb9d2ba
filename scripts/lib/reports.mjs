/**
 * Reads what test runners report. Whatever did not pass counts as failed, skipped tests included: a tier that cannot
 * run has to say so.
 */

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} reasons one line for each failure that the runner's own output may not show
 * @property {string[]} [files] test files that ran, absolute
 */

/** A tier that could not run: one failure with its reason. */
export const unable = (/** @type {string} */ reason) =>
  /** @type {Outcome} */ ({ passed: 0, failed: 1, reasons: [reason] });

/** Adds outcomes up. */
export function sum(/** @type {Outcome[]} */ outcomes) {
  /** @type {Required<Outcome>} */
  const total = { passed: 0, failed: 0, reasons: [], files: [] };
  for (const outcome of outcomes) {
    total.passed += outcome.passed;
    total.failed += outcome.failed;
    total.reasons.push(...outcome.reasons);
    total.files.push(...(outcome.files ?? []));
  }
  return total;
}

/** Makes sure that a runner that ended badly, or ran nothing, does not count as a success. */
function checked(/** @type {Outcome} */ outcome, /** @type {number} */ exitCode) {
  if (outcome.failed > 0) return outcome;
  const reasons = [...outcome.reasons];
  if (exitCode !== 0) reasons.push(`the runner ended with ${exitCode} although no test failed`);
  else if (outcome.passed === 0) reasons.push("no test ran");
  return { ...outcome, failed: reasons.length - outcome.reasons.length, reasons };
}

/**
 * @param {string} json vitest's `json` report
 * @param {number} exitCode of the runner
 * @returns {Outcome}
 */
export function fromVitest(json, exitCode) {
  const report = JSON.parse(json);
  /** @type {Required<Outcome>} */
  const outcome = { passed: 0, failed: 0, reasons: [], files: [] };
  for (const file of report.testResults) {
    outcome.files.push(file.name);
    for (const test of file.assertionResults) {
      if (test.status === "passed") outcome.passed++;
      else outcome.failed++;
      if (test.status !== "passed" && test.status !== "failed") {
        outcome.reasons.push(`${test.fullName}: ${test.status}, not run`);
      }
    }
    // A file that cannot even be loaded reports no test.
    if (file.status === "failed" && file.assertionResults.every((/** @type {any} */ t) => t.status === "passed")) {
      outcome.failed++;
      outcome.reasons.push(`${file.name}: ${String(file.message).split("\n")[0]}`);
    }
  }
  return checked(outcome, exitCode);
}

/**
 * @param {string} json mocha's statistics
 * @param {number} exitCode of run-integration.mjs
 * @returns {Outcome}
 */
export function fromMocha(json, exitCode) {
  const totals = JSON.parse(json);
  const reasons = totals.pending > 0 ? [`${totals.pending} tests are pending, not run`] : [];
  return checked({ passed: totals.passes, failed: totals.failures + totals.pending, reasons }, exitCode);
}

/**
 * @param {string} xml pytest's `--junitxml` report
 * @param {number} exitCode of pytest
 * @returns {Outcome}
 */
export function fromPytest(xml, exitCode) {
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? "";
  const number = (/** @type {string} */ name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const [tests, failures, errors, skipped] = [number("tests"), number("failures"), number("errors"), number("skipped")];
  const failed = failures + errors + skipped;
  const reasons = skipped > 0 ? [`${skipped} tests were skipped, not run`] : [];
  return checked({ passed: Math.max(0, tests - failed), failed, reasons }, exitCode);
}
