/** The colours of the VS Code theme, for what CSS does not reach: the 3D picture and the heat map. */
import { mix, parseColour, sidePair, supportColour, type Rgb } from "./alignment/tint.js";

export interface Theme {
  readonly background: Rgb;
  readonly foreground: Rgb;
  /** Bones and joints of the midline. */
  readonly neutral: Rgb;
  /** Bones and joints that do not carry the shown word. */
  readonly muted: Rgb;
  readonly left: Rgb;
  readonly right: Rgb;
  /** Full support. */
  readonly support: Rgb;
  readonly grid: Rgb;
  readonly trail: Rgb;
  readonly highContrast: boolean;
  readonly dark: boolean;
}

function variable(style: CSSStyleDeclaration, name: string, under?: Rgb): Rgb | undefined {
  return parseColour(style.getPropertyValue(name), under);
}

/** Reads the theme from the CSS variables that VS Code puts on the document. */
export function readTheme(body: HTMLElement): Theme {
  const style = getComputedStyle(body);
  const highContrast = body.classList.contains("vscode-high-contrast");
  const light = body.classList.contains("vscode-light") || body.classList.contains("vscode-high-contrast-light");
  const background = variable(style, "--vscode-editor-background") ?? (light ? [1, 1, 1] : [0.12, 0.12, 0.12]);
  const foreground =
    variable(style, "--vscode-editor-foreground", background) ?? (light ? [0.1, 0.1, 0.1] : [0.85, 0.85, 0.85]);
  const pair = sidePair(
    background,
    variable(style, "--vscode-charts-blue", background),
    variable(style, "--vscode-charts-orange", background),
    highContrast,
  );
  return {
    background,
    foreground,
    neutral: mix(background, foreground, highContrast ? 0.9 : 0.68),
    muted: mix(background, foreground, highContrast ? 0.45 : 0.36),
    left: pair.left,
    right: pair.right,
    support: supportColour(background, variable(style, "--vscode-charts-green", background)),
    grid: mix(background, foreground, highContrast ? 0.5 : 0.22),
    trail: mix(background, foreground, highContrast ? 0.8 : 0.5),
    highContrast,
    dark: !light,
  };
}

export function prefersReducedMotion(body: HTMLElement): boolean {
  return body.classList.contains("vscode-reduce-motion") || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Calls back whenever VS Code changes the theme or the motion preference (classes and style of body and root). */
export function onThemeChange(body: HTMLElement, changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return () => observer.disconnect();
}
