// What stands around every view: the connection, the zone, the theme, counts, banners, search, keys.
import { setAttribute, setText } from "../dom.js";
import * as format from "../format.js";
import { settings } from "../settings.js";

const by = (id) => document.getElementById(id);

/** Brings the frame to life, once. */
export function startFrame(context) {
  for (const button of document.querySelectorAll("[data-zone]")) button.onclick = () => settings.set("zone", button.dataset.zone);
  by("theme").onclick = () => settings.set("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  settings.onChange(showSettings);
  showSettings();
  context.live.subscribe((change) => {
    if (change.status || change.connection || change.tick) showState(context.live);
  });
}

function showSettings() {
  const dark = document.documentElement.dataset.theme === "dark";
  by("theme").querySelector("use").setAttribute("href", dark ? "#i-sun" : "#i-moon");
  setAttribute(by("theme"), "aria-label", dark ? "Light theme" : "Dark theme");
  setAttribute(by("theme"), "title", dark ? "Light theme" : "Dark theme");
  for (const button of document.querySelectorAll("[data-zone]")) setAttribute(button, "aria-pressed", String(button.dataset.zone === settings.get("zone")));
  setText(by("zone"), format.zoneName());
}

function showState({ state }) {
  setText(by("link-words"), state.connection);
  setText(by("version"), `CryptoStream ${state.version}`);
  setText(by("firing"), state.alerts.length ? String(state.alerts.length) : "");
}
