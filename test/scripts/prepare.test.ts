import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { contentHash, dependenciesPresent } from "../../scripts/lib/prepare.mjs";
import { sampleCopy } from "../../scripts/lib/sample.mjs";
import { temporaryFolder } from "./temporary.js";

describe("whether packages are installed", () => {
  const lock = {
    "": { name: "x" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/other-system": { version: "2.0.0", optional: true },
  };

  function project(installed?: Record<string, unknown>) {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify({ packages: lock }));
    if (installed) {
      fs.mkdirSync(path.join(folder, "node_modules"));
      const file = path.join(folder, "node_modules", ".package-lock.json");
      fs.writeFileSync(file, JSON.stringify({ packages: installed }));
    }
    return folder;
  }

  it("is false without node_modules, with another version, or with a package missing", () => {
    expect(dependenciesPresent(project())).toBe(false);
    expect(dependenciesPresent(project({ "node_modules/a": { version: "0.9.0" } }))).toBe(false);
    expect(dependenciesPresent(project({}))).toBe(false);
  });

  it("is true without the packages of other systems", () => {
    expect(dependenciesPresent(project({ "node_modules/a": { version: "1.0.0" } }))).toBe(true);
  });

  it("is true of the project that runs this test", () => {
    expect(dependenciesPresent()).toBe(true);
  });
});

describe("hashes of contents", () => {
  it("change with a byte, a name and a new file, not with the time", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "src", "a.ts");
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, "one");
    const hashes = [contentHash(["src"], folder)];
    fs.utimesSync(file, 1, 1);
    expect(contentHash(["src"], folder)).toBe(hashes[0]);
    fs.writeFileSync(file, "two");
    hashes.push(contentHash(["src"], folder));
    fs.renameSync(file, path.join(folder, "src", "b.ts"));
    hashes.push(contentHash(["src"], folder));
    fs.writeFileSync(file, "");
    hashes.push(contentHash(["src"], folder));
    expect(new Set(hashes).size).toBe(4);
  });
});

describe("the copy of the sample dataset", () => {
  function sample() {
    const folder = temporaryFolder();
    const source = path.join(folder, "source");
    const into = path.join(folder, "profile");
    fs.mkdirSync(source);
    fs.mkdirSync(into);
    fs.writeFileSync(path.join(source, "a.txt"), "a person walks");
    const lines: string[] = [];
    const open = (fresh = false) => sampleCopy({ source, into, fresh, log: (line) => lines.push(line) });
    return { open, lines, read: () => fs.readFileSync(path.join(into, "sample-dataset", "a.txt"), "utf8"), source };
  }

  it("follows the original as long as nobody changed it", () => {
    const { open, read, source } = sample();
    open();
    expect(read()).toBe("a person walks");
    fs.writeFileSync(path.join(source, "a.txt"), "a person runs");
    open();
    expect(read()).toBe("a person runs");
  });

  it("keeps the user's changes until a fresh one is asked for", () => {
    const { open, read, source, lines } = sample();
    const copy = open();
    fs.writeFileSync(path.join(copy, "a.txt"), "a person hops");
    fs.writeFileSync(path.join(source, "a.txt"), "a person runs");
    open();
    expect(read()).toBe("a person hops");
    expect(lines.at(-1)).toContain("your changed copy");
    open(true);
    expect(read()).toBe("a person runs");
  });

  it("replaces a copy that was interrupted", () => {
    const { open, read, source } = sample();
    const copy = open();
    fs.rmSync(path.join(path.dirname(copy), "sample-dataset.hash"));
    fs.writeFileSync(path.join(copy, "a.txt"), "a per");
    open();
    expect(read()).toBe(fs.readFileSync(path.join(source, "a.txt"), "utf8"));
  });

  it("says that there is none where the folder is missing", () => {
    expect(() => sampleCopy({ source: "/nowhere/sample", into: temporaryFolder() })).toThrow(
      "/nowhere/sample is missing",
    );
  });
});
