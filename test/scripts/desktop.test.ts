import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { findDesktop, hasDisplay, openDesktop } from "../../scripts/lib/desktop.mjs";
import { root } from "../../scripts/lib/project.mjs";
import { temporaryFolder, writeProgram } from "./temporary.js";

describe("whether a window could be shown", () => {
  it("needs a display on Linux and a local session elsewhere", () => {
    expect(hasDisplay({}, "linux")).toBe(false);
    expect(hasDisplay({ DISPLAY: ":0" }, "linux")).toBe(true);
    expect(hasDisplay({ WAYLAND_DISPLAY: "wayland-0" }, "linux")).toBe(true);
    expect(hasDisplay({}, "darwin")).toBe(true);
    expect(hasDisplay({ SSH_CONNECTION: "a b c d" }, "darwin")).toBe(false);
  });
});

const choosing = () => {
  it("takes the one on PATH where there is a display", () => {
    const folder = temporaryFolder();
    const code = writeProgram(folder, "code", "exit 0");
    expect(findDesktop(undefined, { PATH: folder, DISPLAY: ":0" })).toEqual({ program: code, why: "found" });
    expect(findDesktop(undefined, { PATH: folder }).program).toBeUndefined();
    expect(findDesktop(undefined, { PATH: temporaryFolder(), DISPLAY: ":0" }).program).toBeUndefined();
  });

  it("does not take the command of a remote session", () => {
    const folder = path.join(temporaryFolder(), "bin", "remote-cli");
    writeProgram(folder, "code", "exit 0");
    expect(findDesktop(undefined, { PATH: folder, DISPLAY: ":0" }).program).toBeUndefined();

    // Behind a link of another name, too.
    const links = temporaryFolder();
    fs.symlinkSync(path.join(folder, "code"), path.join(links, "code"));
    expect(findDesktop(undefined, { PATH: links, DISPLAY: ":0" }).program).toBeUndefined();

    const desktop = temporaryFolder();
    writeProgram(desktop, "code", "exit 0");
    const env = { PATH: desktop, DISPLAY: ":0", VSCODE_IPC_HOOK_CLI: "/run/x.sock" };
    expect(findDesktop(undefined, env).program).toBeUndefined();
  });

  it("takes a given path whatever the surroundings, and refuses one that is not there", () => {
    const code = writeProgram(temporaryFolder(), "my-code", "exit 0");
    expect(findDesktop(code, {})).toEqual({ program: code, why: "given" });
    expect(() => findDesktop("/nowhere/code", {})).toThrow("there is no VS Code at /nowhere/code");
  });

  it("opens a new window on the folder with the extension of this clone", async () => {
    const folder = temporaryFolder();
    const log = path.join(folder, "calls");
    const code = writeProgram(folder, "code", `echo "$@" >> ${log}; echo 1.139.1`);
    await openDesktop(code, "/data/motions");
    const last = fs.readFileSync(log, "utf8").trim().split("\n").at(-1);
    expect(last).toContain(`--extensionDevelopmentPath=${root} --new-window /data/motions`);
  });

  it("refuses a VS Code that is too old or does not start", async () => {
    const folder = temporaryFolder();
    const old = writeProgram(folder, "old-code", "echo 1.50.0");
    await expect(openDesktop(old, "/data")).rejects.toThrow(/VS Code 1\.50; 1\.\d+ or newer is needed/);
    const broken = writeProgram(folder, "broken-code", "echo no display >&2; exit 3");
    await expect(openDesktop(broken, "/data")).rejects.toThrow("does not start: no display");
  });
};

// Elsewhere the places to look in are other ones.
if (process.platform === "linux") describe("choosing desktop VS Code", choosing);
