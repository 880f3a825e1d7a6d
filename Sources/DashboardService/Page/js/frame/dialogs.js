// Help and settings: native dialogs, which keep the focus inside, close by Esc and give the focus back.
import { h, icon } from "../dom.js";
import * as format from "../format.js";
import { choice } from "../parts/panel.js";
import { settings } from "../settings.js";

let ids = 0;

/** Opens a dialog with `nodes` in it; gives {element, close()}. It is gone from the page once closed. */
export function dialog(title, ...nodes) {
  const id = `dialog-${++ids}`;
  const close = () => element.close();
  const element = h("dialog", { "aria-labelledby": id, onclose: () => element.remove(), onclick: (event) => event.target === element && close() },
    h("div", { class: "dialog-head" }, h("h2", { id }, title), h("button", { class: "tool", type: "button", "aria-label": "Close", title: "Close (Esc)", onclick: close }, icon("close"))),
    h("div", { class: "dialog-body" }, nodes));
  document.body.append(element);
  element.showModal();
  return { element, close };
}

const KEYS = [
  ["/", "Search for a series, a view or a rule"], ["1 … 8", "Overview, Trend, Prediction, History, Market, Alerts, Database, System"], ["?", "This help"], ["Esc", "Close what is open"],
  ["t", "Light or dark"], ["z", "UTC or local time"], ["↑ ↓", "From row to row in a table; Enter opens it"],
  ["← →", "In a chart: the crosshair by one bar"], ["+ −", "In a chart: zoom"], ["Home End", "In a chart: its beginning and its end"],
  ["0", "In a chart: everything again"], ["T", "In a chart: its points as a table"],
];

/** The keys. */
export function openHelp() {
  const keys = (text) => text.split(" ").map((one) => one === "…" ? " … " : h("kbd", {}, one));
  dialog("Keys", h("dl", { class: "keys" }, KEYS.map(([key, what]) => h("div", {}, h("dt", {}, keys(key)), h("dd", {}, what)))));
}

/** What the reader may choose. */
export function openSettings() {
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone || "Local";
  const one = (label, key, options, note) => h("div", { class: "setting" }, h("span", {}, label, note && h("small", { class: "muted" }, note)),
    choice(label, options, settings.get(key), (value) => settings.set(key, value)).element);
  dialog("Settings",
    one("Theme", "theme", [["light", "Light"], ["dark", "Dark"], ["system", "As the system"]]),
    one("Times", "zone", [["utc", "UTC"], ["local", "Local"]], `here: ${local}, ${format.minute(Date.now())} now`),
    one("Candles", "candles", [["teal", "Teal, vermilion"], ["green", "Green, red"], ["blue", "Blue, orange"]], "up hollow, down filled, in each"),
    h("p", { class: "muted" }, "Kept in this browser only."));
}
