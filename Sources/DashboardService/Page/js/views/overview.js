// Overview: every series at a glance, what fires, how the feeds are.
import { save } from "../api.js";
import { h, setAttribute, setText } from "../dom.js";
import * as format from "../format.js";
import { copyAction } from "../parts/empty.js";
import { nearest } from "../parts/nearest.js";
import { panel, tool } from "../parts/panel.js";
import { table } from "../parts/table.js";
import { go, route } from "../router.js";
import { settings } from "../settings.js";
import { ageOf, columns } from "./overview/columns.js";
import { feeds, firing, latency } from "./overview/side.js";
import { strip } from "./overview/strip.js";

/** Rows change places at most so often, and never under the pointer. */
const REORDER_MS = 5_000;
const MOST_CHIPS = 3;
const NAMES = { series: "name", price: "price", age: "age", change: "change", turnover: "turnover", trend: "trend", rsi: "RSI", next: "the next minute", lead: "lead" };
const START = "producer --source binance --symbols BTC ETH";

let live, parts, markets, card, chips, sorts, scroll, filter, orderedAt, shape;

export default {
  title: "Overview",

  mount(root, context) {
    ({ live } = context);
    filter = settings.get("overview.filter") ?? "all";
    shape = null;
    markets = table({
      label: "Markets", columns: columns(toggleStar), rowKey: (row) => row.series, lazy: true,
      order: settings.get("overview.order") ?? { key: "turnover", down: true },
      onOrder: (order) => {
        settings.set("overview.order", order);
        note();
      },
      rowClass: (row) => ageOf(row) > (row.stale_after_ms ?? 30_000) ? "stale" : "",
      onRow: (row) => go("trend", row.series),
    });
    markets.element.addEventListener("keydown", moveByKey);
    chips = h("div", { class: "chips", role: "group", "aria-label": "Which series" });
    sorts = h("select", { class: "input sorts", "aria-label": "Sorted by", onchange: () => markets.orderBy(sorts.value) },
      Object.entries(NAMES).map(([key, name]) => h("option", { value: key, selected: key === markets.order?.key }, `by ${name}`)));
    card = panel({ title: "Markets", className: "markets", tools: [chips, sorts, tool("download", "Save as CSV", saveTable)] });
    scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Markets, table" }, markets.element);
    parts = { strip: strip(), firing: firing(), feeds: feeds(), latency: latency() };
    root.append(h("h1", { class: "hush" }, "Overview"), parts.strip.element,
      h("div", { class: "with-side" }, card.element, h("div", { class: "stack side" }, parts.firing.element, parts.feeds.element, parts.latency.element)));
    card.loading(12);
    everything();
  },

  update(change) {
    if (change.snapshot || change.route) return everything();
    if (change.settings) return resettle(change.settings);
    for (const [series, fields] of change.rows) {
      if (fields.has("series") && !isShown(series)) return everything();
      markets.change(series, fields);
    }
    if (change.tick) {
      markets.redraw(["age"]);
      if (Date.now() - orderedAt > REORDER_MS && !scroll.matches(":hover, :focus-within")) reorder();
    }
    if (change.tick || change.status) around();
  },

  unmount() {
    parts.latency.destroy();
  },
};

let known = new Set();

function isShown(series) {
  return known.has(series);
}

function around() {
  for (const part of Object.values(parts)) part.draw(live.state);
}

function everything() {
  if (!live.state.loaded) return;
  const all = [...live.state.series.values()];
  known = new Set(live.state.series.keys());
  drawChips(all);
  const rows = all.filter(passes);
  around();
  if (rows.length) {
    if (shape !== "table") card.show(scroll);
    shape = "table";
    markets.set(rows);
    orderedAt = Date.now();
  } else {
    shape = "empty";
    card.empty(all.length === 0
      ? { title: "Nothing comes yet", line: "No record on crypto.ticks so far. Is a producer running?", icon: "trend", action: copyAction(START) }
      : nothing());
  }
  note(rows.length, all.length);
}

function nothing() {
  const like = route().query.get("q");
  if (like) return { title: `No series like “${like}”`, line: near(like), icon: "search", action: { label: "Clear search", run: () => go("overview") } };
  const action = { label: "Show all", run: () => choose("all") };
  if (filter === "stars") return { title: "No star yet", line: "The star before a series keeps it here.", icon: "star", action };
  return { title: `No series in ${filter}`, icon: "search", action };
}

function near(like) {
  const found = nearest(like, [...known]).map((name) => format.seriesParts(name)).map(({ source, symbol }) => `${symbol} ${source}`);
  return found.length ? `Nearest: ${found.join(", ")}.` : "";
}

function passes(row) {
  const like = route().query.get("q")?.toLowerCase();
  if (like) return row.series.toLowerCase().includes(like);
  if (filter === "all") return true;
  if (filter === "stars") return settings.get("stars").includes(row.series);
  return format.seriesParts(row.series).quote === filter;
}

function reorder() {
  markets.reorder();
  orderedAt = Date.now();
}

function note(shown = markets.rows().length, all = live.state.series.size) {
  const by = NAMES[markets.order?.key];
  card.note(`${shown === all ? format.count(all, "series", "series") : `${shown} of ${all} series`}${by && all ? `, sorted by ${by}` : ""}`);
}

function drawChips(all) {
  const like = route().query.get("q");
  const quotes = new Map();
  for (const row of all) {
    const { quote } = format.seriesParts(row.series);
    quotes.set(quote, (quotes.get(quote) ?? 0) + 1);
  }
  const most = [...quotes].sort(([, a], [, b]) => b - a).slice(0, MOST_CHIPS).map(([quote]) => quote);
  if (like) return chips.replaceChildren(h("button", { class: "chip", type: "button", "aria-pressed": "true", onclick: () => go("overview") }, `like ${like} ✕`));
  const options = [["all", "All"], ...(most.length > 1 ? most.map((quote) => [quote, quote]) : []), ["stars", `★ ${settings.get("stars").length}`]];
  const old = [...chips.children];
  if (old.length === options.length && options.every(([key, label], at) => old[at].dataset.key === key && old[at].textContent === label)) {
    for (const chip of old) setAttribute(chip, "aria-pressed", String(chip.dataset.key === filter));
    return;
  }
  chips.replaceChildren(...options.map(([key, label]) => h("button", {
    class: "chip", type: "button", dataset: { key }, "aria-pressed": String(key === filter), "aria-label": key === "stars" ? `Starred series, ${settings.get("stars").length}` : null, onclick: () => choose(key),
  }, label)));
}

function choose(key) {
  filter = key;
  settings.set("overview.filter", key);
}

function toggleStar(series) {
  const stars = settings.get("stars");
  settings.set("stars", stars.includes(series) ? stars.filter((one) => one !== series) : [...stars, series]);
}

function resettle(key) {
  if (key === "theme" || key === "candles" || key === "zone") parts.latency.restyle();
  if (["stars", "overview.filter", "zone"].includes(key)) everything();
}

// Up and down go from series to series.
function moveByKey(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const row = event.target.closest("tbody tr");
  const next = event.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const link = next?.querySelector("a");
  if (!link) return;
  event.preventDefault();
  link.focus();
}

function saveTable() {
  const head = ["series", "price", "event_time", "ingest_time", "change_24h_pct", "turnover_24h", "since_24h", "trend_change_pct", "rsi_14", "prediction", "probability", "accuracy", "lead_points", "n"];
  const lines = markets.rows().map((row) => [row.series, row.price, row.time, row.ingest_time, row.change_24h_pct, row.turnover_24h, row.since_24h, row.trend?.change_pct, row.indicators?.rsi_14,
    row.prediction?.prediction, row.prediction?.probability, row.score?.accuracy, row.score?.lead, row.score?.count]);
  const text = [head, ...lines].map((line) => line.map((value) => /[",\r\n]/.test(value ?? "") ? `"${String(value).replaceAll('"', '""')}"` : value ?? "").join(",")).join("\r\n");
  save(new Blob([text, "\r\n"], { type: "text/csv" }), `markets ${format.dateTime(live.now()).replaceAll(":", "-")} ${settings.get("zone")}.csv`);
}
