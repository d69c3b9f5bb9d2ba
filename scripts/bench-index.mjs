// `npm run -s bench:index -- ...`: builds the command line and runs `motion-lens bench` where npm was started.
import { spawnSync } from "node:child_process";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const built = spawnSync(process.execPath, ["esbuild.mjs", "engine", "cli"], { cwd: root, stdio: ["ignore", 2, 2] });
if (built.status !== 0) process.exit(1);
const cli = path.join(root, "dist", "cli.js");
const { status } = spawnSync(process.execPath, [cli, "bench", ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: "inherit",
});
process.exitCode = status ?? 1;
