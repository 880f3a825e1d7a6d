// The design's colours as charts want them: hex, read when a chart is made or the theme changes, since `var(--x)` would be painted black.

const NAMES = ["page", "surface", "raised", "sunken", "line", "line-strong", "grid", "text", "muted", "faint", "accent", "accent-soft",
  "on-accent", "up", "up-soft", "down", "down-soft", "ok", "warn", "warn-soft", "bad", "s1", "s2", "s3", "s4", "s5", "s6", "font"];

/** All tokens by name. */
export function colours() {
  const style = getComputedStyle(document.documentElement), all = {};
  for (const name of NAMES) all[name] = style.getPropertyValue(`--${name}`).trim();
  return all;
}

const listeners = new Set();
new MutationObserver(() => {
  for (const listener of listeners) listener();
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-candles"] });

/** Calls `listener()` after each change of theme or candle colours; gives the function that ends it. */
export function onColours(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
