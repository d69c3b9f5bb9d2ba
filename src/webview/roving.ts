/** One tab stop per toolbar: arrow keys move inside it, Tab leaves it. */

const ITEM = "[data-roving]";

function itemsOf(container: Element): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>(ITEM)].filter((item) => !item.hasAttribute("disabled"));
}

function setStop(items: readonly HTMLElement[], stop: HTMLElement | undefined): void {
  for (const item of items) {
    const tabIndex = item === stop ? "0" : "-1";
    if (item.getAttribute("tabindex") !== tabIndex) item.setAttribute("tabindex", tabIndex);
  }
}

/** The item of each container that had the focus last. */
const last = new WeakMap<Element, HTMLElement>();

/** Keeps exactly one item of each container reachable by Tab: the marked, the last focused or the first one. */
export function refreshRoving(root: ParentNode): void {
  for (const container of root.querySelectorAll("[data-roving-container]")) {
    const items = itemsOf(container);
    const marked = items.find((item) => item.dataset.roving === "stop");
    const focused = items.find((item) => item === last.get(container));
    setStop(items, marked ?? focused ?? items[0]);
  }
}

/** Remembers the focused item as its container's tab stop. */
export function rovingFocus(event: FocusEvent): void {
  const item = (event.target as Element).closest<HTMLElement>(ITEM);
  const container = item?.closest("[data-roving-container]");
  if (!item || !container) return;
  last.set(container, item);
  setStop(itemsOf(container), item);
}

/**
 * Moves the focus with arrow keys, Home and End. In a container with `data-roving-columns`, up and down move by
 * that many items (rows of a list), elsewhere they are left alone.
 */
export function rovingKey(event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const item = (event.target as Element).closest<HTMLElement>(ITEM);
  const container = item?.closest<HTMLElement>("[data-roving-container]");
  if (!item || !container) return;
  const items = itemsOf(container);
  const columns = Number(container.dataset.rovingColumns ?? 0);
  const at = items.indexOf(item);
  const own = item.hasAttribute("data-roving-own-keys");
  const to =
    event.key === "ArrowRight"
      ? (at + 1) % items.length
      : event.key === "ArrowLeft"
        ? (at - 1 + items.length) % items.length
        : event.key === "Home" && !own
          ? 0
          : event.key === "End" && !own
            ? items.length - 1
            : event.key === "ArrowDown" && columns > 0
              ? Math.min(items.length - 1, at + columns)
              : event.key === "ArrowUp" && columns > 0
                ? Math.max(0, at - columns)
                : undefined;
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  setStop(items, items[to]);
  items[to]?.focus();
}
