import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureSystem, findChromium, findProgram } from "../../scripts/lib/system-packages.mjs";
import { setEnvironment, temporaryFolder, writeProgram } from "./temporary.js";

describe("finding programs", () => {
  it("takes the first name that is there and can be run", () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, "chromium"), "not a program");
    fs.mkdirSync(path.join(folder, "google-chrome"));
    const chrome = writeProgram(folder, "chrome", "exit 0");
    expect(findProgram(["chromium", "google-chrome", "chrome"], folder)).toBe(chrome);
    expect(findProgram(["chromium"], folder)).toBeUndefined();
  });

  it("takes the browser that is named, and no other where that one is missing", () => {
    setEnvironment({ CHROMIUM: process.execPath });
    expect(findChromium()).toBe(process.execPath);
    setEnvironment({ CHROMIUM: "/nowhere/chromium" });
    expect(findChromium()).toBeUndefined();
  });
});

describe("system packages", () => {
  /** A PATH that holds nothing but an apt-get which notes its arguments and "installs" a program of that name. */
  function fakeDebian(installs: string) {
    const folder = temporaryFolder();
    const log = path.join(folder, "apt.log");
    const installed = path.join(folder, installs);
    writeProgram(
      folder,
      "apt-get",
      `echo "$DEBIAN_FRONTEND $@" >> ${log}
if [ "$1" = install ]; then printf '#!/bin/sh\\n' > ${installed}; /bin/chmod +x ${installed}; fi`,
    );
    setEnvironment({ PATH: folder, CHROMIUM: undefined });
    return { calls: () => (fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n") : []) };
  }

  it("installs what is missing on Debian as root, after an update of the lists", async () => {
    const { calls } = fakeDebian("make");
    const lines: string[] = [];
    await ensureSystem(["make"], { debian: true, asRoot: true, log: (line) => lines.push(line) });
    expect(calls()).toEqual([
      "noninteractive update -qq",
      "noninteractive install -y -qq --no-install-recommends make",
    ]);
    expect(lines).toEqual(["Installing system packages: make"]);
    await ensureSystem(["make"], { debian: true, asRoot: true });
    expect(calls()).toHaveLength(2);
  });

  it("says what is still missing where an install did not bring it", async () => {
    fakeDebian("something-else");
    await expect(ensureSystem(["make"], { debian: true, asRoot: true, log: () => {} })).rejects.toThrow(
      "Please install what is missing on this machine: make (sudo apt-get install -y make).",
    );
  });

  it("names everything in one line where it may not install", async () => {
    const { calls } = fakeDebian("make");
    await expect(ensureSystem(["make", "compiler", "gypPython"], { debian: true, asRoot: false })).rejects.toThrow(
      "Please install what is missing on this machine: make, a C++ compiler, Python 3 (sudo apt-get install -y make g++ python3).",
    );
    await expect(ensureSystem(["make"], { debian: false, asRoot: true })).rejects.toThrow(
      "Please install what is missing on this machine: make.",
    );
    expect(calls()).toEqual([]);
  });
});
