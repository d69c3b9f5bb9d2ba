/** The one tooltip of the panel: at once, beside what it explains, never under the pointer, never cut off. */
export class Tip {
  private element: HTMLElement | undefined;
  private shown = "";

  /** Finds its element after a render. */
  attach(root: ParentNode): void {
    this.element = root.querySelector<HTMLElement>("#tip") ?? undefined;
  }

  /** @param lines the first one is the title. */
  show(lines: readonly string[], beside: DOMRectReadOnly): void {
    const { element } = this;
    if (!element) return;
    const text = lines.join("\n");
    if (this.shown !== text) {
      element.replaceChildren(
        ...lines.map((line, index) => {
          const paragraph = document.createElement(index === 0 ? "b" : "span");
          paragraph.textContent = line;
          return paragraph;
        }),
      );
      this.shown = text;
    }
    element.hidden = false;
    const { width, height } = element.getBoundingClientRect();
    const margin = 6;
    const left = Math.max(margin, Math.min(innerWidth - width - margin, beside.left + beside.width / 2 - width / 2));
    const above = beside.top - height - margin;
    element.style.left = `${left}px`;
    element.style.top = `${above >= margin ? above : Math.min(innerHeight - height - margin, beside.bottom + margin)}px`;
  }

  hide(): void {
    if (this.element) this.element.hidden = true;
  }
}
