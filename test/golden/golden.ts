/**
 * Compares with HumanML3D's own sample clip, which is not part of this project:
 *
 *     npm run golden -- <folder with new_joints_012314.npy and new_joint_vecs_012314.npy>
 *
 * (HumanML3D's repository has both, as HumanML3D/new_joints/012314.npy and new_joint_vecs/012314.npy.) Joint
 * angles must agree with the known values, and positions recovered from feature vectors with the positions.
 */
import { join } from "node:path";
import { COMPAT_COLUMNS, COMPAT_NAMES, compatAngles } from "../../src/core/motion/compat-angles.js";
import { readMotion } from "../../src/formats/read-motion.js";
import golden from "./compat-012314.json";

/** Metres: float32 sums over 170 frames. */
const RECOVERY_TOLERANCE = 0.001;

async function main(folder: string | undefined): Promise<boolean> {
  if (folder === undefined)
    throw new Error("Name the folder that holds new_joints_012314.npy and new_joint_vecs_012314.npy.");
  const joints = await readMotion(join(folder, "new_joints_012314.npy"));
  const vectors = await readMotion(join(folder, "new_joint_vecs_012314.npy"));

  const angles = compatAngles(joints.motion);
  let worst = { error: 0, name: "", frame: "" };
  for (const [frame, expected] of Object.entries(golden.frames)) {
    expected.forEach((value, index) => {
      const error = Math.abs(angles[Number(frame) * COMPAT_COLUMNS + index]! - value);
      if (!(error <= worst.error)) worst = { error, name: COMPAT_NAMES[index]!, frame };
    });
  }
  console.log(
    `Joint angles: ${Object.keys(golden.frames).length} frames x ${COMPAT_COLUMNS}, largest difference ` +
      `${worst.error.toFixed(5)} (${worst.name}, frame ${worst.frame}), tolerance ${golden.tolerance}.`,
  );

  const recovered = vectors.motion.joints;
  if (recovered.length !== joints.motion.joints.length) throw new Error("The two files differ in length.");
  const largest = recovered.reduce((most, value, at) => Math.max(most, Math.abs(value - joints.motion.joints[at]!)), 0);
  console.log(
    `Positions from feature vectors: ${vectors.motion.frames} frames, largest difference ${(largest * 1000).toFixed(5)} mm, ` +
      `tolerance ${RECOVERY_TOLERANCE * 1000} mm.`,
  );
  return worst.error <= golden.tolerance && largest <= RECOVERY_TOLERANCE;
}

main(process.argv[2]).then(
  (passed) => {
    console.log(passed ? "Golden values agree." : "Golden values DIFFER.");
    process.exitCode = passed ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
