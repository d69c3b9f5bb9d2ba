/** Entry of the panel's bundle. */
import "./styles.css";
import { connectHost } from "./host.js";
import { Panel } from "./panel.js";
import { t } from "./strings.js";
import { registerComponents } from "./ui-toolkit.js";

/** Browsers report this as an error although nothing failed: a resize led to another one within a frame. */
const HARMLESS = /^ResizeObserver loop/;

const host = connectHost();
const root = document.getElementById("app");
let panel: Panel | undefined;

function fail(reason: unknown): void {
  const message = reason instanceof Error ? reason.message : String(reason);
  if (HARMLESS.test(message)) return;
  if (panel) return panel.fail(message);
  host.send({ type: "failed", message });
  if (root) root.textContent = t("error.panel", message);
}

addEventListener("error", (event) => fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => fail(event.reason));

try {
  if (!root) throw new Error("the page has no place for the panel");
  registerComponents();
  panel = new Panel(root, host);
} catch (error) {
  fail(error);
}
