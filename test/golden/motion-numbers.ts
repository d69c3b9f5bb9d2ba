/**
 * Writes the numbers that the TypeScript code makes of motions, for the training package to compare with its own
 * (`python -m motion_lens_training compat angles-parity`):
 *
 *     node scripts/motion-numbers.mjs <folder>
 *
 * The folder holds `request.json` (`skeleton`, `fps`, `lengths`: frames of each motion) and `joints.f32`, positions of
 * all motions one after the other. Written beside them: `angles.f64`, 29 numbers a frame, `clean.f32`, 94 a frame, and
 * for 22 joints `humanml.f32`, 263 numbers for each frame but a motion's last.
 */
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanFeatures } from "../../src/core/motion/clean-features.js";
import { compatAngles } from "../../src/core/motion/compat-angles.js";
import { humanmlFeatures } from "../../src/core/motion/humanml-features.js";
import type { Motion, SkeletonName } from "../../src/core/motion/motion.js";
import { jointCount } from "../../src/core/motion/skeletons.js";

interface Request {
  readonly skeleton: SkeletonName;
  readonly fps: number;
  readonly lengths: readonly number[];
}

async function main(folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new Error("Name the folder that holds request.json and joints.f32.");
  const request = JSON.parse(await readFile(join(folder, "request.json"), "utf8")) as Request;
  const bytes = await readFile(join(folder, "joints.f32"));
  const joints = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const angles = await open(join(folder, "angles.f64"), "w");
  const clean = await open(join(folder, "clean.f32"), "w");
  const humanml = await open(join(folder, "humanml.f32"), "w");
  try {
    let at = 0;
    for (const frames of request.lengths) {
      const count = frames * jointCount(request.skeleton) * 3;
      const motion: Motion = {
        joints: joints.slice(at, at + count),
        frames,
        fps: request.fps,
        skeleton: request.skeleton,
      };
      at += count;
      await angles.write(new Uint8Array(compatAngles(motion).buffer));
      await clean.write(new Uint8Array(cleanFeatures(motion).features.buffer));
      if (request.skeleton === "humanml3d22") await humanml.write(new Uint8Array(humanmlFeatures(motion).buffer));
    }
  } finally {
    await angles.close();
    await clean.close();
    await humanml.close();
  }
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
