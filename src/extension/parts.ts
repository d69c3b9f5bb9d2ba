/** Names of body parts in the user's words, the same as in the panel (a test holds them equal). */
import * as vscode from "vscode";

/** `left_ankle` as "left foot"; a part that is not known keeps its own name. */
export function partLabel(part: string): string {
  switch (part) {
    case "global":
      return vscode.l10n.t("whole body");
    case "pelvis":
      return vscode.l10n.t("pelvis");
    case "right_hip":
      return vscode.l10n.t("right thigh");
    case "left_hip":
      return vscode.l10n.t("left thigh");
    case "right_knee":
      return vscode.l10n.t("right shank");
    case "left_knee":
      return vscode.l10n.t("left shank");
    case "right_ankle":
      return vscode.l10n.t("right foot");
    case "left_ankle":
      return vscode.l10n.t("left foot");
    case "lumbar":
      return vscode.l10n.t("spine");
    case "neck":
      return vscode.l10n.t("head");
    case "right_shoulder":
      return vscode.l10n.t("right upper arm");
    case "left_shoulder":
      return vscode.l10n.t("left upper arm");
    case "right_elbow":
      return vscode.l10n.t("right forearm");
    case "left_elbow":
      return vscode.l10n.t("left forearm");
    default:
      return part.replaceAll("_", " ");
  }
}
