/** The panel's side of VS Code's webview API: typed messages out, saved state. */
import type { FromPanel, PanelState } from "../protocol/webview.js";

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Host {
  send(message: FromPanel): void;
  savedState(): unknown;
  saveState(state: PanelState): void;
}

/** Connects to VS Code. Can be called once only, as VS Code demands. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  return {
    send: (message) => api.postMessage(message),
    savedState: () => api.getState(),
    saveState: (state) => api.setState(state),
  };
}
