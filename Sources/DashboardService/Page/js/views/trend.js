// Trend: candles of one series from a minute to a day, with what is calculated from them, what was said of them, and what is missing.
import { bucketOf } from "../calc/candles.js";
import { gapBetween } from "../calc/gaps.js";
import { runningVwap } from "../calc/indicators.js";
import { day } from "../calc/zone.js";
import { chartTools } from "../charts/tools.js";
import { moreTool } from "../charts/more.js";
import { missingLibrary } from "../charts/library.js";
import { volumeBar } from "../charts/points.js";
import { TimeChart } from "../charts/time-chart.js";
import { h, setAttribute } from "../dom.js";
import * as format from "../format.js";
import { choice, panel } from "../parts/panel.js";
import { comeback } from "../parts/comeback.js";
import { firstSeries, seriesPick } from "../parts/series-pick.js";
import { priceLine } from "./trend/head.js";
import { legend } from "./trend/legend.js";
import { join, load } from "./trend/load.js";
import { decimalsOf, histogramBar, modelOf } from "./trend/model.js";
import { sideCards } from "./trend/side.js";
import { LAYERS, STEPS } from "./trend/steps.js";

let context, chart, card, pick, head, side, steps, legendRow, data, series, step, abort, tools, back, dirty;
let shown = new Set();

export default {
  title: "Trend",
  async mount(root, given) {
    context = given;
    data = null;
    const kept = context.settings.get("trend.layers");
    shown = new Set(Array.isArray(kept) ? kept : LAYERS.filter((layer) => layer.on).map((layer) => layer.key));
    pick = seriesPick(context, (name) => context.go("trend", name, { step: step.key }));
    back = comeback(context.live, () => again());
    head = priceLine(pick.element);
    side = sideCards();
    chart = new TimeChart({ bars: 130, wheel: true, className: "trend-chart", onCrosshair: (time) => legendRow?.show(data, chart.model, time, row(), context.live.now()) });
    legendRow = legend();
    steps = choice("Length of a candle", STEPS.map(({ key }) => [key, key]), "1m", (key) => context.go("trend", series, { step: key }, { replace: true }));
    tools = chartTools(chart, { about, columns, rows: tableRows, withMore: false });
    const more = moreTool("Overlays and tools");
    card = panel({ title: "Candles", className: "trend-card", tools: [h("div", { class: "layers", role: "group", "aria-label": "Overlays and panes" }, layerChips()), ...tools.elements, more] });
    card.head.prepend(steps.element);
    chart.onTable = tools.toggleTable;
    root.append(h("h1", { class: "hush" }, "Trend"), head.element, h("div", { class: "with-side" }, card.element, side.element));
    take();
  },
  update(change) {
    back.heard(change);
    if (change.route) return take();
    if (change.settings === "zone") return void (data && (draw(), refresh()));
    if (change.snapshot && (!data || data.series !== series)) return take();
    pick.refresh();
    if (!data || data.series !== series) return void (change.tick && refresh());
    // Events between the old snapshot and the new one never come.
    if (change.snapshot) return void again();
    follow(change);
    if (dirty && change.tick) remark();
    if (change.tick || change.rows.has(series)) refresh();
  },
  unmount() {
    abort?.abort();
    chart?.destroy();
    chart = data = null;
  },
};

const row = () => context.live.state.series.get(series);
const zone = () => context.settings.get("zone");

function layerChips() {
  return LAYERS.map((layer) => {
    const chip = h("button", {
      class: "chip", type: "button", "aria-pressed": String(shown.has(layer.key)), title: layer.title,
      onclick: () => {
        if (shown.has(layer.key)) shown.delete(layer.key);
        else shown.add(layer.key);
        setAttribute(chip, "aria-pressed", String(shown.has(layer.key)));
        context.settings.set("trend.layers", [...shown]);
        if (data) draw();
      },
    }, layer.colour ? h("i", { class: `swatch ${layer.dash} c-${layer.colour}`, "aria-hidden": "true" }) : null, layer.label);
    return chip;
  });
}

// Reads the address, and loads where it names another series or step.
function take() {
  const route = context.route(), wanted = STEPS.find((one) => one.key === route.query.get("step")) ?? step ?? STEPS[0];
  const name = firstSeries(context);
  if (name === series && wanted === step && data) return;
  series = name;
  step = wanted;
  steps.set(step.key);
  pick.set(series);
  pick.element.hidden = !series;
  data = null;
  refresh();
  if (series) return again();
  if (!context.live.state.loaded) return card.loading(8);
  side.show(undefined, null, 2, true);
  card.empty({ title: "Nothing comes yet", line: "No record on crypto.ticks so far. Is a producer running?", icon: "trend" });
}

async function again() {
  abort?.abort();
  const mine = (abort = new AbortController());
  if (!chart.element.isConnected) card.loading(10);
  else card.element.classList.toggle("is-waiting", !data);
  try {
    const loaded = await load(context.api, series, step, context.live.now(), mine.signal);
    if (mine.signal.aborted || !chart) return;
    data = loaded;
    back.worked();
    card.element.classList.remove("is-waiting");
    context.settings.set("series", series);
    join(data, { events: [], rows: new Map(), snapshot: true }, row());
    await draw();
    refresh();
  } catch (error) {
    if (mine.signal.aborted) return;
    card.element.classList.remove("is-waiting");
    back.failed();
    side.show(row(), null, 2, true);
    card.fail(error, again, Boolean(data));
  }
}

async function draw() {
  card.note("");
  if (!data.live.candles.length) {
    return card.empty({ title: "The first candle is on its way", line: `No ${step.name} candle of ${series} so far. One is drawn when it has a trade.`, icon: "trend" });
  }
  const model = modelOf(data, shown, row(), zone());
  model.legend = (time) => legendRow.items(data, model, time, row());
  tools.closeTable();
  if (!chart.element.isConnected) card.show(legendRow.element, chart.element);
  legendRow.show(data, model, null, row(), context.live.now());
  if (!(await chart.show(model))) card.show(legendRow.element, missingLibrary("times", again));
}

// What the stream said goes into the chart, a point at a time.
function follow(change) {
  const joined = join(data, change, row());
  if (joined.reload) return void again();
  if (!chart.model || !data.live.candles.length) return void (joined.candles.length && draw());
  for (const candle of joined.candles) {
    chart.update("candles", candle);
    chart.update("volume", volumeBar(candle));
  }
  const newest = data.live.candles.at(-1);
  if (joined.candles.length && chart.stage) {
    chart.model.open = chart.stage.state.open = newest.isOpen ? newest.start : null;
    chart.stage.movePrice(newest.close);
  }
  for (const one of joined.indicators) drawIndicators(one);
  // Markers, gaps and the six-minute line are made of everything: once a second is enough.
  dirty ||= joined.indicators.length > 0 || joined.markers;
}

function remark() {
  dirty = false;
  const { stage } = chart;
  if (!stage || stage.isGone) return;
  const model = modelOf(data, shown, row(), zone());
  Object.assign(chart.model, { markers: model.markers, gaps: model.gaps, sentence: model.sentence });
  stage.state.gaps = model.gaps;
  stage.mark();
  const trend = model.series.find((spec) => spec.id === "trend"), drawn = stage.series.get("trend");
  if (trend && drawn) {
    drawn.spec.points = trend.points;
    drawn.api.setData(trend.points.map((point) => ({ time: point.time / 1000, value: point.value })));
  }
  chart.describe();
}

function drawIndicators(one) {
  for (const spec of chart.model.series) {
    if (spec.id === "histogram") chart.update(spec.id, histogramBar(one));
    else if (spec.field) chart.update(spec.id, { time: one.time, value: one[spec.field] });
    else if (spec.id === "vwap") chart.update(spec.id, runningVwap(data.live.candles, (time) => day(time, zone())).findLast((point) => point.time <= one.time) ?? { time: one.time, value: null });
  }
}

function refresh() {
  const now = context.live.now(), decimals = decimalsOf(data?.live.candles ?? [], row());
  head.show(row(), data, now, decimals);
  side.show(row(), data, decimals);
  if (data && chart?.model) legendRow.show(data, chart.model, chart.crosshair.time, row(), now);
}

// What a picture, a table and a file say of themselves.
function about() {
  const { candles } = data.live, { symbol, source } = format.seriesParts(series);
  const from = candles[0]?.start, to = candles.at(-1)?.start;
  return {
    title: `${symbol} ${source}, ${step.name} candles`,
    subtitle: `${format.dateTime(from)} to ${format.dateTime(to + step.step)}, times in ${format.zoneName(to)}`,
    name: `${symbol}-${source}-${step.key}-${format.date(to)}`,
  };
}

function columns() {
  const price = (value) => format.price(value, chart.model.decimals), number = true;
  return [
    { title: `Start, ${format.zoneName(data.live.candles.at(-1)?.start)}`, text: (one) => format.dateTime(one.start) },
    ...["open", "high", "low", "close"].map((name) => ({ title: name[0].toUpperCase() + name.slice(1), number, text: (one) => (one[name] === undefined ? format.NONE : price(one[name])) })),
    { title: "Volume", number, text: (one) => (one.volume === undefined ? format.NONE : format.plain(one.volume)) },
    { title: "Trades", number, text: (one) => (one.count === undefined ? format.NONE : format.number(one.count)) },
    { title: "State", text: (one) => one.state },
  ];
}

// One row for each start of the axis, so that what is missing has its row too.
function tableRows() {
  const byStart = new Map(data.live.candles.map((candle) => [candle.start, candle]));
  return chart.model.times.map((start) => {
    const candle = byStart.get(start), state = candle ? (candle.isOpen ? "open" : candle.incomplete ? "incomplete" : "final") : gapBetween(data.gaps, start, start + step.step) ? "gap" : "nobody traded";
    return { ...candle, start: bucketOf(start, step.step), state };
  });
}
