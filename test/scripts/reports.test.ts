import { describe, expect, it } from "vitest";
import { fromMocha, fromPytest, fromVitest, sum, unable } from "../../scripts/lib/reports.mjs";

const vitestReport = (files: { name: string; status: string; message?: string; tests: string[] }[]) =>
  JSON.stringify({
    testResults: files.map(({ name, status, message = "", tests }) => ({
      name,
      status,
      message,
      assertionResults: tests.map((state, i) => ({ status: state, fullName: `test ${i}` })),
    })),
  });

describe("counting what vitest reports", () => {
  it("counts passed and failed tests and names the files", () => {
    const report = vitestReport([
      { name: "/a.test.ts", status: "passed", tests: ["passed", "passed"] },
      { name: "/b.test.ts", status: "failed", tests: ["passed", "failed"] },
    ]);
    expect(fromVitest(report, 1)).toEqual({
      passed: 3,
      failed: 1,
      reasons: [],
      files: ["/a.test.ts", "/b.test.ts"],
    });
  });

  it("counts a file that cannot be loaded as one failure, with its message", () => {
    const report = vitestReport([
      { name: "/a.test.ts", status: "failed", message: "Cannot find module x\nstack", tests: [] },
      { name: "/b.test.ts", status: "passed", tests: ["passed"] },
    ]);
    expect(fromVitest(report, 1)).toMatchObject({
      passed: 1,
      failed: 1,
      reasons: ["/a.test.ts: Cannot find module x"],
    });
  });

  it("counts skipped and pending tests as failures", () => {
    const report = vitestReport([{ name: "/a.test.ts", status: "passed", tests: ["passed", "skipped", "todo"] }]);
    const outcome = fromVitest(report, 0);
    expect(outcome).toMatchObject({ passed: 1, failed: 2 });
    expect(outcome.reasons).toEqual(["test 1: skipped, not run", "test 2: todo, not run"]);
  });

  it("does not take an error outside of tests for a success", () => {
    const report = vitestReport([{ name: "/a.test.ts", status: "passed", tests: ["passed"] }]);
    expect(fromVitest(report, 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  it("does not take a run without tests for a success", () => {
    expect(fromVitest(vitestReport([]), 0)).toMatchObject({ passed: 0, failed: 1, reasons: ["no test ran"] });
  });
});

describe("counting what mocha reports", () => {
  it("counts pending tests as failures", () => {
    const stats = JSON.stringify({ tests: 4, passes: 2, failures: 1, pending: 1 });
    expect(fromMocha(stats, 1)).toEqual({ passed: 2, failed: 2, reasons: ["1 tests are pending, not run"] });
  });

  it("believes the exit code where the totals look well", () => {
    const stats = JSON.stringify({ tests: 2, passes: 2, failures: 0, pending: 0 });
    expect(fromMocha(stats, 0)).toMatchObject({ passed: 2, failed: 0 });
    expect(fromMocha(stats, 2)).toMatchObject({ passed: 2, failed: 1 });
  });
});

describe("counting what pytest reports", () => {
  const xml = (numbers: string) =>
    `<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" ${numbers} time="0.1"></testsuite></testsuites>`;

  it("adds failures, errors and skipped tests up", () => {
    const outcome = fromPytest(xml('errors="1" failures="2" skipped="3" tests="10"'), 1);
    expect(outcome).toEqual({ passed: 4, failed: 6, reasons: ["3 tests were skipped, not run"] });
  });

  it("does not take an empty or broken report for a success", () => {
    expect(fromPytest(xml('errors="0" failures="0" skipped="0" tests="0"'), 5)).toMatchObject({ failed: 1 });
    expect(fromPytest("", 2)).toMatchObject({ passed: 0, failed: 1 });
  });
});

it("adds tiers up and keeps the reason of one that could not run", () => {
  const total = sum([{ passed: 5, failed: 0, reasons: [], files: ["/a"] }, unable("no browser")]);
  expect(total).toEqual({ passed: 5, failed: 1, reasons: ["no browser"], files: ["/a"] });
});
