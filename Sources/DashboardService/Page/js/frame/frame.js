// What stands around every view: the connection, the zone, the theme, counts, search, keys.
import { setAttribute, setText } from "../dom.js";
import * as format from "../format.js";
import { go, VIEWS } from "../router.js";
import { settings } from "../settings.js";
import { startConnection } from "./connection.js";
import { openHelp, openSettings } from "./dialogs.js";
import { startSearch } from "./search.js";

const by = (id) => document.getElementById(id);

/** Brings the frame to life, once. */
export function startFrame({ live }) {
  for (const button of document.querySelectorAll("[data-zone]")) button.onclick = () => settings.set("zone", button.dataset.zone);
  by("theme").onclick = otherTheme;
  by("settings").onclick = openSettings;
  by("help").onclick = openHelp;
  document.querySelector(".skip").onclick = (event) => {
    event.preventDefault();
    by("main").focus();
  };
  settings.onChange(showSettings);
  showSettings();
  startConnection(live);
  startKeys(startSearch(live));
  live.subscribe((change) => {
    if (change.snapshot || change.status) showState(live.state);
  });
}

function otherTheme() {
  settings.set("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
}

function otherZone() {
  settings.set("zone", settings.get("zone") === "utc" ? "local" : "utc");
}

function showSettings() {
  const dark = document.documentElement.dataset.theme === "dark", label = dark ? "Light theme" : "Dark theme";
  by("theme").querySelector("use").setAttribute("href", dark ? "#i-sun" : "#i-moon");
  setAttribute(by("theme"), "aria-label", label);
  setAttribute(by("theme"), "title", `${label} (t)`);
  for (const button of document.querySelectorAll("[data-zone]")) setAttribute(button, "aria-pressed", String(button.dataset.zone === settings.get("zone")));
  setText(by("zone"), format.zoneName());
  setAttribute(document.querySelector("meta[name=theme-color]"), "content", dark ? "#0e1d2c" : "#d6e8f6");
}

let criticals = new Set();

function showState(state) {
  setText(by("version"), state.version ? `CryptoStream ${state.version}` : "");
  const { store } = state;
  setText(by("store-line"), store.location ? `${store.location.replace(/^sqlite:.*?([^/]+)$/, "$1")}${store.bytes ? `, ${format.bytes(store.bytes)}` : ""}` : "");
  setText(by("firing"), state.alerts.length ? String(state.alerts.length) : "");
  setAttribute(by("firing"), "aria-label", state.alerts.length ? `${format.count(state.alerts.length, "alert")} firing` : null);
  // A critical alert is said aloud once.
  const now = state.alerts.filter((alert) => alert.severity === "critical");
  const news = now.filter((alert) => !criticals.has(alert.fingerprint));
  criticals = new Set(now.map((alert) => alert.fingerprint));
  if (news.length) setText(by("alarm"), news.map((alert) => `Critical alert: ${format.words(alert.rule)}, ${alert.symbol}.`).join(" "));
}

function startKeys(search) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const { target } = event;
    if (target.matches?.("input, textarea, select, [contenteditable]") || event.defaultPrevented) return;
    // A chart has keys of its own: digits zoom it out, letters show its table.
    const inChart = target.closest?.("[data-keys]");
    if (event.key === "/") search.open();
    else if (event.key === "?") openHelp();
    else if (inChart) return;
    else if (/^[1-8]$/.test(event.key)) go(VIEWS[event.key - 1]);
    else if (event.key === "t") otherTheme();
    else if (event.key === "z") otherZone();
    else return;
    event.preventDefault();
  });
}
