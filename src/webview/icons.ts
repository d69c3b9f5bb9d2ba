/** Icons of the panel, drawn on a 16 by 16 grid in the current text colour. */
import { svg, html, type TemplateResult } from "lit";

type Shape = ReturnType<typeof svg>;

const SHAPES = {
  play: svg`<path d="M4 2.5v11l9-5.5z" fill="currentColor" stroke="none"/>`,
  pause: svg`<path d="M4 2.5h3v11H4zM9 2.5h3v11H9z" fill="currentColor" stroke="none"/>`,
  previous: svg`<path d="M10.5 3.5 6 8l4.5 4.5"/><path d="M4 3.5v9"/>`,
  next: svg`<path d="M5.5 3.5 10 8l-4.5 4.5"/><path d="M12 3.5v9"/>`,
  loop: svg`<path d="M3 7V6a2.5 2.5 0 0 1 2.5-2.5H12"/><path d="m10 1.5 2 2-2 2"/><path d="M13 9v1a2.5 2.5 0 0 1-2.5 2.5H4"/><path d="m6 14.5-2-2 2-2"/>`,
  follow: svg`<circle cx="8" cy="8" r="2" fill="currentColor" stroke="none"/><path d="M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3"/>`,
  front: svg`<circle cx="8" cy="3.5" r="1.8"/><path d="M4 8.5h8M8 5.5v4.5M5.5 14.5 8 10l2.5 4.5"/>`,
  side: svg`<circle cx="7" cy="3.5" r="1.8"/><path d="M7 5.5V10M7 7l3.5 2M7 10l-2.5 4.5M7 10l2.5 2v2.5h1.5"/>`,
  mirror: svg`<path d="M8 1.5v13" stroke-dasharray="2 1.6"/><path d="M5.5 4.5v7h-4z"/><path d="M10.5 4.5v7h4z" fill="currentColor"/>`,
  ghosts: svg`<circle cx="4" cy="4" r="1.4" opacity=".55"/><path d="M4 6v4M4 10l-1.5 3.5M4 10l1.5 3.5" opacity=".55"/><circle cx="11" cy="4" r="1.6"/><path d="M11 6v4M11 10 9 14M11 10l2 4M8.5 8h5"/>`,
  heatMap: svg`<path d="M2 3h3v3H2zM11 7h3v3h-3zM6.5 11h3v3h-3z" fill="currentColor"/><path d="M6.5 3h3v3h-3zM11 3h3v3h-3zM2 7h3v3H2zM6.5 7h3v3h-3zM2 11h3v3H2zM11 11h3v3h-3z" opacity=".55"/>`,
  insert: svg`<path d="M8 3v10M3 8h10"/>`,
  copy: svg`<path d="M5.5 5.5h8v8h-8z"/><path d="M3.5 10.5h-1v-8h8v1"/>`,
  open: svg`<path d="M9 2.5h4.5V7M13.5 2.5 8 8M11.5 9.5v4h-9v-9h4"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  info: svg`<circle cx="8" cy="8" r="6"/><path d="M8 7.2v4M8 4.6v1.2"/>`,
  chevron: svg`<path d="m6 4 4 4-4 4"/>`,
} as const satisfies Record<string, Shape>;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    ${SHAPES[name]}
  </svg>`;
}
