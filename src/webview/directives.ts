/** Lit directives of the panel. */
import { noChange, type ElementPart } from "lit";
import { Directive, directive, PartType, type PartInfo } from "lit/directive.js";

/**
 * Sets style properties on an element through the CSS object model. Lit's own `styleMap` writes a style attribute
 * at first, which a strict content security policy refuses.
 */
class CssProperties extends Directive {
  private last: Readonly<Record<string, string>> = {};

  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error("cssProperties stands inside an element's tag");
  }

  render(_properties: Readonly<Record<string, string>>): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [properties]: [Readonly<Record<string, string>>]): typeof noChange {
    const { style } = part.element as HTMLElement;
    for (const name of Object.keys(this.last)) if (!(name in properties)) style.removeProperty(name);
    for (const [name, value] of Object.entries(properties)) {
      if (this.last[name] !== value) style.setProperty(name, value);
    }
    this.last = properties;
    return noChange;
  }
}

export const cssProperties = directive(CssProperties);
