// The reader's choices, kept in this browser: theme, zone, candle colours, stars and what a view wants to remember.

const KEY = "cryptostream";
const DEFAULTS = { theme: "light", zone: "utc", candles: "teal", stars: [] };
const listeners = new Set();
let values = { ...DEFAULTS, ...read() };

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) || "{}") || {};
  } catch {
    return {};  // storage is refused, or another program wrote nonsense
  }
}

function apply() {
  const wished = values.theme === "system" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : values.theme;
  document.documentElement.dataset.theme = wished === "dark" ? "dark" : "light";
  document.documentElement.dataset.candles = values.candles;
}

export const settings = {
  /** The value of `key`; keys of a view's own are written `view.what`. */
  get(key) {
    return values[key];
  },
  /** Keeps `value` and tells all listeners the key. */
  set(key, value) {
    if (values[key] === value) return;
    values = { ...values, [key]: value };
    try {
      localStorage.setItem(KEY, JSON.stringify(values));
    } catch {
      // Without storage the choice lasts as long as the tab.
    }
    apply();
    for (const listener of listeners) listener(key);
  },
  /** Calls `listener(key)` after each change; gives the function that ends it. */
  onChange(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (values.theme !== "system") return;
  apply();
  for (const listener of listeners) listener("theme");
});
// Another tab changed something.
addEventListener("storage", (event) => {
  if (event.key !== KEY) return;
  const before = values;
  values = { ...DEFAULTS, ...read() };
  apply();
  for (const key of Object.keys(values)) if (before[key] !== values[key]) for (const listener of listeners) listener(key);
});

/** Colour of the design by name (`up`, `s1`, `grid`), as hex: what chart libraries can read. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
