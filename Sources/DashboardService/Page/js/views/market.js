// Market: all series over one span: what buyers and sellers paid, who takes, what trades and moves most, what models say next.
import { h, setAttribute, setText } from "../dom.js";
import * as format from "../format.js";
import { choice } from "../parts/panel.js";
import { comeback } from "../parts/comeback.js";
import { firstSeries, seriesPick } from "../parts/series-pick.js";
import { activeCard, takersCard, trendsCard } from "./market/bars.js";
import { mediansCard } from "./market/medians.js";
import { moversCard } from "./market/movers.js";

const SPANS = [1, 6, 24], HOUR = 3_600_000;
/** The figures of the span are asked for again this often. */
const AGAIN_MS = 60_000;
let context, parts, asked, rows, abort, loadedAt, back;

export default {
  title: "Market",
  mount(root, given) {
    context = given;
    rows = null;
    asked = { hours: 24, source: "", series: "" };
    back = comeback(context.live, () => load(true));
    parts = build();
    root.append(...parts.nodes);
    take();
  },
  update(change) {
    back.heard(change);
    if (change.route || (change.snapshot && !rows)) return take();
    if (change.settings === "zone") return void (parts.medians.redraw(), fill());
    parts.pick.refresh();
    if (!rows) return;
    if (change.tick && context.live.now() - loadedAt > AGAIN_MS) return void load(false);
    const touches = [...change.rows.values()].some((fields) => fields.has("prediction") || fields.has("spark"));
    if (touches) fill();
  },
  unmount() {
    abort?.abort();
    for (const part of [parts.medians, parts.takers, parts.active, parts.trends]) part.destroy();
  },
};

function build() {
  const to = (query) => context.go("market", asked.series, { hours: asked.hours, source: asked.source, ...query });
  const hours = choice("Span", SPANS.map((one) => [String(one), `${one} h`]), "24", (one) => to({ hours: one }));
  const pick = seriesPick(context, (series) => context.go("market", series, { hours: asked.hours, source: asked.source }));
  const sources = h("div", { class: "sources", role: "group", "aria-label": "Sources" }), said = h("span", { class: "muted", role: "status" });
  const made = { hours, pick, sources, said, to, medians: mediansCard(context), takers: takersCard(), active: activeCard(), movers: moversCard(context), trends: trendsCard() };
  made.nodes = [
    h("div", { class: "view-head" }, h("h1", {}, "Market"), hours.element, pick.element, sources, h("div", { class: "end" }, said)),
    h("div", { class: "columns" }, [made.medians, made.takers, made.active, made.movers, made.trends].map((part) => part.element)),
  ];
  return made;
}

function take() {
  const { query } = context.route(), hours = SPANS.find((one) => String(one) === query.get("hours")) ?? 24;
  const before = asked;
  asked = { hours, source: query.get("source") ?? "", series: firstSeries(context) };
  parts.hours.set(String(hours));
  parts.pick.set(asked.series);
  parts.pick.element.hidden = !asked.series;
  if (!asked.series && context.live.state.loaded) parts.medians.none();
  if (rows && before.hours === asked.hours && before.series === asked.series) return fill();
  if (context.live.state.loaded) load(true);
}

async function load(withMedians) {
  abort?.abort();
  const mine = (abort = new AbortController()), to = context.live.now(), span = { from: to - asked.hours * HOUR, to };
  loadedAt = to;
  if (!rows) for (const part of [parts.takers, parts.active, parts.movers]) part.card.loading(6);
  if (asked.series && (withMedians || asked.hours === 1)) {
    const step = Math.max(60_000, Math.round((asked.hours * HOUR) / 144 / 60_000) * 60_000), end = Math.floor(to / step) * step;
    parts.medians.show(asked.series, { from: end - asked.hours * HOUR, to: end }, step, context.live.state.series.get(asked.series)?.decimals ?? 2, mine.signal);
  }
  try {
    const answer = await context.api.get("api/market", span, { signal: mine.signal });
    if (mine.signal.aborted) return;
    back.worked();
    rows = { all: answer.series, span };
    fill();
  } catch (error) {
    if (mine.signal.aborted) return;
    back.failed();
    for (const part of [parts.takers, parts.active, parts.movers]) part.card.fail(error, () => load(true), Boolean(rows));
    fillTrends();
  }
}

const isChosen = (row) => !asked.source || format.seriesParts(row.series).source === asked.source;

function fill() {
  if (!rows) return;
  const chosen = rows.all.filter(isChosen), sources = [...new Set(rows.all.map((row) => format.seriesParts(row.series).source))].sort();
  fillSources(sources);
  setText(parts.said, `${format.count(chosen.length, "series", "series")}, ${format.count(asked.source ? 1 : sources.length, "source")}, as of ${format.time(rows.span.to)} ${format.zoneName(rows.span.to)}`);
  for (const part of [parts.takers, parts.active, parts.movers]) part.card.element.removeAttribute("data-state");
  parts.takers.fill(chosen, rows.span);
  parts.active.fill(chosen, rows.span);
  parts.movers.fill(chosen, context.live.state.series, asked.hours);
  fillTrends();
}

function fillTrends() {
  parts.trends.fill([...context.live.state.series.values()].filter(isChosen));
}

function fillSources(sources) {
  const wanted = ["", ...sources].join("\n");
  if (parts.sources.dataset.list !== wanted) {
    parts.sources.dataset.list = wanted;
    parts.sources.replaceChildren(...["", ...sources].map((source) => h("button", {
      class: "chip", type: "button", dataset: { source }, onclick: () => parts.to({ source }),
    }, source || "All sources")));
  }
  for (const chip of parts.sources.children) setAttribute(chip, "aria-pressed", String(chip.dataset.source === asked.source));
}
