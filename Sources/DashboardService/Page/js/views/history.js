// History: one series and metric over 1 to 168 hours or a free span, with what it was made from, beside others, and a file of it.
import { candlesOf, MINUTE } from "../calc/candles.js";
import { mergedGaps } from "../calc/gaps.js";
import { spanOf, stepFor, stepText } from "../calc/spans.js";
import { instant, stamp } from "../calc/zone.js";
import { missingLibrary } from "../charts/library.js";
import { swatch } from "../charts/line.js";
import { csv } from "../charts/table.js";
import { TimeChart } from "../charts/time-chart.js";
import { chartTools } from "../charts/tools.js";
import { h, icon, setText } from "../dom.js";
import * as format from "../format.js";
import { choice, panel } from "../parts/panel.js";
import { comeback } from "../parts/comeback.js";
import { firstSeries, seriesPick } from "../parts/series-pick.js";
import { closesOf, compareBar, comparisonOf, nameOf, othersOf } from "./history/compare.js";
import { METRICS } from "./history/metrics.js";
import { modelOf } from "./history/model.js";
import { strip } from "./history/strip.js";
import { decimalsOf } from "./trend/model.js";

const HOURS = [1, 6, 24, 72, 168];
let context, parts, chart, loaded, texts, asked, abort, back;

export default {
  title: "History",
  mount(root, given) {
    context = given;
    loaded = asked = null;
    chart = new TimeChart({ className: "history-chart", wheel: true, onCrosshair: showLegend });
    back = comeback(context.live, () => load());
    parts = build();
    parts.figures.show(null);
    chart.onTable = parts.tools.toggleTable;
    root.append(...parts.nodes);
    take();
  },
  update(change) {
    back.heard(change);
    if (change.route || (change.snapshot && !asked?.series)) return take();
    if (change.settings === "zone") {
      fillSpan();
      if (loaded) draw();
    }
    parts.pick.refresh();
    if (change.snapshot && asked) parts.compare.set(asked.series, asked.others);
  },
  unmount() {
    abort?.abort();
    chart.destroy();
    chart = loaded = null;
  },
};

function build() {
  const to = (query, series = asked.series) => context.go("history", series, { ...queryOf(), ...query });
  const pick = seriesPick(context, (series) => to({}, series));
  const metric = h("select", { class: "input", "aria-label": "What is drawn", onchange: () => to({ metric: metric.value }) },
    METRICS.map(({ key, label }) => h("option", { value: key }, label)));
  const compare = compareBar(context, (others) => to({ with: others.join(" ") || null }));
  const hours = choice("Span", HOURS.map((one) => [String(one), `${one} h`]), "24", (one) => to({ hours: one, from: null, to: null }));
  const free = ["from", "to"].map((name) => h("input", { class: "input", type: "text", "aria-label": `${name === "from" ? "From" : "To"}, as 2023-03-14 14:36`, placeholder: "2023-03-14 14:36", autocomplete: "off", spellcheck: "false", maxlength: 19 }));
  const form = h("form", { class: "span-form", onsubmit: (event) => { event.preventDefault(); takeSpan(to); } },
    free[0], h("span", { class: "muted" }, "to"), free[1], h("span", { class: "tag info" }), h("button", { class: "button", type: "submit" }, "Show"));
  const said = h("span", { class: "muted read-line", role: "status" }), problem = h("span", { class: "bad", role: "status" });
  const files = ["PNG", "CSV", "JSON"].map((kind) => h("button", { class: "button", type: "button", onclick: () => save(kind) }, icon(kind === "PNG" ? "image" : "download"), kind));
  const figures = strip(), legend = h("div", { class: "chart-legend" });
  const tools = chartTools(chart, { about, columns, rows: tableRows, file });
  const card = panel({ title: "Price", className: "history-card", tools: tools.elements });
  return {
    pick, compare, metric, hours, free, form, said, problem, figures, legend, tools, card, zone: form.querySelector(".tag"),
    nodes: [
      h("div", { class: "view-head" }, h("h1", {}, "History"), pick.element, compare.element, metric),
      h("div", { class: "view-head span-line" }, hours.element, form, problem, h("div", { class: "end" }, said, files)),
      h("div", { class: "stack" }, figures.element, card.element),
    ],
  };
}

function queryOf() {
  const { query } = context.route();
  return { hours: query.get("hours"), from: query.get("from"), to: query.get("to"), metric: query.get("metric"), with: query.get("with") };
}

function take() {
  const { query } = context.route(), number = (name) => (query.get(name) === null || !Number.isFinite(Number(query.get(name))) ? null : Number(query.get(name)));
  const series = firstSeries(context), metric = METRICS.find((one) => one.key === query.get("metric")) ?? METRICS[0];
  const wanted = { series, metric, hours: number("hours") ?? 24, from: number("from"), to: number("to"), others: othersOf(query.get("with"), series) };
  const isSame = loaded && asked && ["series", "hours", "from", "to", "others"].every((name) => String(asked[name]) === String(wanted[name]));
  asked = wanted;
  parts.pick.set(series);
  parts.pick.element.hidden = !series;
  parts.compare.set(series, wanted.others);
  parts.metric.value = metric.key;
  parts.metric.hidden = wanted.others.length > 0;
  parts.hours.set(wanted.from === null ? String(wanted.hours) : "");
  fillSpan();
  if (isSame) return void draw();
  if (series) return void load();
  if (context.live.state.loaded) parts.card.empty({ title: "Nothing comes yet", line: "No record on crypto.ticks so far. Is a producer running?", icon: "history" });
}

// Writes the span in the reader's zone into the fields.
function fillSpan() {
  const zone = context.settings.get("zone"), span = asked && spanOf(asked, context.live.now());
  if (!span || span.problem) return;
  parts.free[0].value = stamp(span.from, zone);
  parts.free[1].value = stamp(span.to, zone);
  setText(parts.zone, format.zoneName(span.to));
}

function takeSpan(to) {
  const zone = context.settings.get("zone"), [from, end] = parts.free.map((input) => instant(input.value, zone));
  const span = from === null || end === null ? { problem: "Both ends want a date and a time, as 2023-03-14 14:36." } : spanOf({ from, to: end }, context.live.now());
  setText(parts.problem, span.problem ?? "");
  if (!span.problem) to({ hours: null, from: span.from, to: span.to });
}

async function load() {
  abort?.abort();
  const mine = (abort = new AbortController()), { series, others } = asked, span = spanOf(asked, context.live.now());
  setText(parts.problem, span.problem ?? "");
  if (span.problem) return;
  const began = performance.now();
  if (!chart.element.isConnected) parts.card.loading(12);
  try {
    const answers = await Promise.all([series, ...others].map((one) => ask(one, span, mine.signal))), { answer } = answers[0];
    if (mine.signal.aborted || !chart) return;
    const gaps = mergedGaps((answer.gaps ?? []).map((gap) => ({ ...gap, from: Math.max(gap.from, span.from), to: Math.min(gap.to, span.to) })));
    loaded = { series, answer, candles: candlesOf(answer), gaps, step: answer.step, by: answer.by, ...span, others: others.map((one, at) => ({ series: one, candles: candlesOf(answers[at + 1].answer) })) };
    texts = answers.map((one) => one.text);
    context.settings.set("series", series);
    back.worked();
    await draw();
    const took = Math.round(performance.now() - began);
    if (loaded) setText(parts.said, `${format.number((span.to - span.from) / 1000)} s from ${answer.by === "ticks" ? "ticks" : "final minutes"}, ${answer.read === loaded.candles.length ? "" : `${format.number(answer.read)} read, `}${format.count(loaded.candles.length, "point")}, ${took} ms`);
  } catch (error) {
    if (mine.signal.aborted) return;
    back.failed();
    parts.card.fail(error, load, Boolean(loaded));
  }
}

async function ask(series, span, signal) {
  const said = await askBy(series, span, undefined, signal);
  // Ticks are kept for a shorter time than minutes.
  return said.answer.rows.length || said.answer.by !== "ticks" ? said : askBy(series, span, "minutes", signal);
}

// The answer's own text is kept: what is saved as JSON are the server's bytes, in the number form of the topics.
async function askBy(series, { from, to }, by, signal) {
  const step = by === "minutes" ? Math.max(MINUTE, stepFor(to - from)) : stepFor(to - from);
  const response = await context.api.request("api/candles", { query: { series, from: Math.ceil(from / step) * step, to, step, by }, signal });
  const text = await response.text();
  return { text, answer: JSON.parse(text) };
}

async function draw() {
  const { metric } = asked, { candles, step, from, to, series } = loaded, row = context.live.state.series.get(series);
  const decimals = (loaded.decimals = decimalsOf(candles, row));
  parts.figures.show(loaded, decimals);
  parts.card.title(isCompared() ? "Change" : metric.label);
  if (isCompared()) parts.card.note(`${format.date(from)} to ${format.date(to)}, closes of ${stepText(step)}, % since all are there`);
  else parts.card.note(`${format.date(from)} to ${format.date(to)}, ${metric.what} of ${stepText(step)}, ${metric.unit(series)}`);
  if (!candles.length) {
    return parts.card.empty({ title: "Nothing is stored of this span", line: `No minute and no tick of ${series} from ${format.dateTime(from)} to ${format.dateTime(to)} ${format.zoneName(to)}.`, icon: "history" });
  }
  parts.tools.closeTable();
  if (!chart.element.isConnected) parts.card.show(parts.legend, chart.element);
  parts.card.element.removeAttribute("data-state");
  const model = isCompared() ? comparisonOf(loaded) : modelOf(loaded, metric, decimals);
  if (!(await chart.show(model))) parts.card.show(missingLibrary("times", draw));
  else showLegend(null);
}

function showLegend(time) {
  if (!loaded || !chart?.model?.legend) return;
  parts.legend.replaceChildren(...chart.model.legend(time).map((item) => h("span", { class: "legend-item" }, item.dash && swatch(item.colour, item.dash), item.label && h("span", {}, item.label), h("b", {}, item.value))));
}

function isCompared() {
  return loaded.others.length > 0;
}

function file() {
  return isCompared() ? closesOf(loaded) : loaded.answer;
}

function about() {
  const { symbol, source } = format.seriesParts(loaded.series), { from, to, step, by } = loaded;
  const subtitle = (what) => `${format.dateTime(from)} to ${format.dateTime(to)}, times in ${format.zoneName(to)}; ${what} of ${stepText(step)} from ${by === "ticks" ? "ticks" : "final minutes"}`;
  if (isCompared()) {
    const names = [loaded, ...loaded.others].map(({ series }) => nameOf(series));
    return { title: `${names.join(", ")}: change in %`, subtitle: subtitle("closes"), name: `${symbol}-${source}-and-${loaded.others.length}-more-${format.date(from)}-to-${format.date(to)}` };
  }
  return {
    title: `${symbol} ${source}, ${asked.metric.label.toLowerCase()}, ${asked.metric.unit(loaded.series)}`,
    subtitle: subtitle(asked.metric.what),
    name: `${symbol}-${source}-${asked.metric.key}-${format.date(from)}-to-${format.date(to)}`,
  };
}

function columns() {
  const price = (value) => format.price(value, loaded.decimals), number = true;
  return [
    { title: `Start, ${format.zoneName(loaded.to)}`, text: (one) => format.dateTime(one.start) },
    ...["open", "high", "low", "close"].map((name) => ({ title: name[0].toUpperCase() + name.slice(1), number, text: (one) => price(one[name]) })),
    { title: "Volume", number, text: (one) => format.plain(one.volume) }, { title: "Trades", number, text: (one) => format.number(one.count) },
    { title: "State", text: (one) => (one.incomplete ? "incomplete" : "whole") },
  ];
}

function tableRows() {
  return loaded.candles;
}

function save(kind) {
  if (!loaded?.candles.length) return;
  if (kind === "PNG") return void parts.tools.savePicture();
  const { name } = about(), isCSV = kind === "CSV", { columns: names, rows } = file();
  const body = isCSV ? csv(names, rows) : texts.length === 1 ? texts[0] : `[${texts.join(",")}]`;
  context.api.save(new Blob([body], { type: isCSV ? "text/csv;charset=utf-8" : "application/json" }), `${name}.${isCSV ? "csv" : "json"}`);
}
