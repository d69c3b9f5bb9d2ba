/**
 * Must be imported before the UI toolkit: it probes the browser with an inline style while it loads, and looks for
 * the nonce that allows it in a meta element. Without it the probe is refused and focus rings show on every click.
 */
const nonce = (document.currentScript as HTMLScriptElement | null)?.nonce;
if (nonce) {
  const meta = document.createElement("meta");
  meta.setAttribute("property", "csp-nonce");
  meta.content = nonce;
  document.head.append(meta);
}

export {};
