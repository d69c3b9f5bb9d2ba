import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { mustRun, run } from "../../scripts/lib/processes.mjs";
import { inProject } from "../../scripts/lib/project.mjs";
import { temporaryFolder } from "./temporary.js";

/** Whether a process runs; one that has ended but that nobody has waited for (a zombie) does not. */
function alive(pid: number): boolean {
  if (fs.existsSync("/proc/self/stat")) {
    if (!fs.existsSync(`/proc/${pid}/stat`)) return false;
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  }
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

const until = async (condition: () => boolean, what: string) => {
  for (const end = Date.now() + 15_000; !condition();) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const readPid = async (file: string) => {
  await until(() => fs.existsSync(file) && fs.readFileSync(file, "utf8").endsWith("\n"), `${file} is written`);
  return Number(fs.readFileSync(file, "utf8"));
};

describe("running programs", () => {
  it("gives code and output", async () => {
    const script = "console.log('out'); console.error('err'); process.exitCode = 3";
    const { code, output, timedOut } = await run(process.execPath, ["-e", script], { quiet: true });
    expect({ code, timedOut }).toEqual({ code: 3, timedOut: false });
    expect(output.trim().split("\n").sort()).toEqual(["err", "out"]);
  });

  it("gives 127 for a program that is not there", async () => {
    expect((await run("/nowhere/program", [], { quiet: true })).code).toBe(127);
  });

  it("removes variables from the environment", async () => {
    const args = ["-e", "console.log(process.env.LANG_OF_TEST ?? 'unset', process.env.HOME ?? 'unset')"];
    const { output } = await run(process.execPath, args, {
      quiet: true,
      env: { LANG_OF_TEST: "yes", HOME: undefined },
    });
    expect(output.trim()).toBe("yes unset");
  });

  it("makes a failure an error with the end of the output", async () => {
    const failing = mustRun(process.execPath, ["-e", "console.log('the reason'); process.exit(4)"]);
    await expect(failing).rejects.toThrow(/ended with 4\nthe reason/);
  });

  it("ends a program that takes too long, with what it started", async () => {
    const file = path.join(temporaryFolder(), "pid");
    const args = ["-c", `sleep 600 & echo $! > ${file}; wait`];
    const { timedOut } = await run("sh", args, { quiet: true, timeout: 4000 });
    expect(timedOut).toBe(true);
    const pid = await readPid(file);
    await until(() => !alive(pid), "the grandchild is gone");
  });
});

describe("the guardian of a server", () => {
  /** Starts a script that starts a guarded server; the server notes its process and that of a child. */
  function startScript(folder: string) {
    const server = `const { spawn } = require("node:child_process");
      const child = spawn("sleep", ["600"], { stdio: "ignore" });
      require("node:fs").writeFileSync(${JSON.stringify(path.join(folder, "child"))}, child.pid + "\\n");
      require("node:fs").writeFileSync(${JSON.stringify(path.join(folder, "server"))}, process.pid + "\\n");
      setInterval(() => {}, 1000);`;
    const args = [
      inProject("scripts", "host", "guardian.mjs"),
      path.join(folder, "run"),
      process.execPath,
      "-e",
      server,
    ];
    const script = `require("node:child_process").spawn(process.execPath, ${JSON.stringify(args)},
      { stdio: ["pipe", "inherit", "inherit"], detached: true });`;
    return spawn(process.execPath, ["-e", script], { stdio: "ignore" });
  }

  it("ends it, its children and its folder after the script was killed outright", async () => {
    const folder = temporaryFolder();
    fs.mkdirSync(path.join(folder, "run"));
    const script = startScript(folder);
    const [server, child] = [await readPid(path.join(folder, "server")), await readPid(path.join(folder, "child"))];
    expect([alive(server), alive(child)]).toEqual([true, true]);
    script.kill("SIGKILL");
    await until(() => !alive(server) && !alive(child), "server and child are gone");
    await until(() => !fs.existsSync(path.join(folder, "run")), "the folder is gone");
  });
});
