/**
 * The one place that knows which UI components the panel is built from. The toolkit is retired upstream, so a
 * successor must be a change to this file alone: everything else uses the element names below.
 *
 * Used elements: `vscode-button` (appearance `icon`, `primary`, `secondary`), `vscode-dropdown` with
 * `vscode-option`, `vscode-checkbox`, `vscode-progress-ring`.
 */
import "./csp-nonce.js";
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
} from "@vscode/webview-ui-toolkit";

/** Registers the elements. Called once, before the first render. */
export function registerComponents(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
  );
}
