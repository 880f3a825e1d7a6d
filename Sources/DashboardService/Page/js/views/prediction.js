// Prediction: what the models say of a series, how it came out, and whether that is better than a rule that fits in a head.
import { pooled } from "../calc/scores.js";
import { link } from "../charts/crosshair.js";
import { h } from "../dom.js";
import * as format from "../format.js";
import { bones } from "../parts/empty.js";
import { choice, panel } from "../parts/panel.js";
import { comeback } from "../parts/comeback.js";
import { firstSeries, seriesPick } from "../parts/series-pick.js";
import { modelCard } from "./prediction/card.js";
import { nextCard } from "./prediction/form.js";
import { chosenModel, DRIFT_MS, load, read, sharesOf } from "./prediction/load.js";
import { calibrationCard, distributionCard, driftCard, driftOf } from "./prediction/plain.js";
import { priceCard } from "./prediction/price.js";
import { rollingCard } from "./prediction/rolling.js";
import { strip } from "./prediction/strip.js";

const SPANS = [["1", "1 h"], ["6", "6 h"], ["24", "24 h"], ["168", "7 d"]], HOUR = 3_600_000;
let context, parts, asked, data, abort, dirty, back;

export default {
  title: "Prediction",
  mount(root, given) {
    context = given;
    data = null;
    asked = { series: "", hours: "24", model: "" };
    back = comeback(context.live, () => again());
    parts = build();
    root.append(...parts.nodes);
    take();
  },
  update(change) {
    back.heard(change);
    if (change.route || (change.snapshot && !data)) return take();
    if (change.settings === "zone") return void (data && draw());
    parts.pick.refresh();
    if (!data) return;
    if (change.snapshot) return void again();
    follow(change);
    if (change.rows.get(asked.series)?.has("prediction")) parts.next.show(data, servedModel(), row());
    // New scores come once a minute; they are drawn together.
    if (dirty && change.tick) draw();
  },
  unmount() {
    abort?.abort();
    for (const part of parts.cards) part.destroy?.();
    data = null;
  },
};

const row = () => context.live.state.series.get(asked.series);

function build() {
  const to = (query, series = asked.series) => context.go("prediction", series, { hours: asked.hours, model: asked.model, ...query });
  const pick = seriesPick(context, (series) => to({ model: "" }, series));
  const model = h("select", { class: "input model-pick", "aria-label": "Model", onchange: () => to({ model: model.value }) });
  const hours = choice("Span", SPANS, "24", (one) => to({ hours: one }));
  const figures = strip(), price = priceCard(), next = nextCard(context), rollingOne = rollingCard();
  link(price.chart, rollingOne.chart);
  const calibration = calibrationCard(), distribution = distributionCard(), card = modelCard(), drift = driftCard();
  const cards = [price, next, rollingOne, calibration, distribution, card, drift];
  const grid = h("div", { class: "columns" }, cards.map((part) => part.element)), stage = h("div", { class: "stack" });
  model.hidden = figures.pill.hidden = true;
  return {
    pick, model, hours, figures, price, next, rolling: rollingOne, calibration, distribution, card, drift, cards, grid, stage,
    nodes: [h("div", { class: "view-head" }, h("h1", {}, "Prediction"), pick.element, model, hours.element, h("div", { class: "end" }, figures.pill)), stage],
  };
}

function take() {
  const { query } = context.route(), hours = SPANS.some(([key]) => key === query.get("hours")) ? query.get("hours") : "24";
  const before = asked;
  asked = { series: firstSeries(context), hours, model: query.get("model") ?? "" };
  parts.hours.set(hours);
  parts.pick.set(asked.series);
  if (data && before.series === asked.series && before.hours === asked.hours) {
    data.chosen = asked.model;
    return draw();
  }
  if (asked.series) return void again();
  parts.pick.element.hidden = true;
  if (context.live.state.loaded) instead((card) => card.empty({ title: "Nothing comes yet", line: "No record on crypto.ticks so far. Is a producer running?", icon: "prediction" }));
}

// One card in place of all, where there is nothing to put into them.
function instead(fill) {
  const card = panel({ title: "Predictions" });
  fill(card);
  parts.stage.replaceChildren(card.element);
}

async function again() {
  abort?.abort();
  const mine = (abort = new AbortController());
  if (!data) parts.stage.replaceChildren(bones(12));
  try {
    const loaded = await load(context.api, asked.series, Number(asked.hours) * HOUR, asked.model, context.live.now(), mine.signal);
    if (mine.signal.aborted) return;
    data = loaded;
    back.worked();
    parts.pick.element.hidden = false;
    context.settings.set("series", asked.series);
    parts.stage.classList.remove("is-away");
    if (!parts.grid.isConnected) parts.stage.replaceChildren(parts.figures.element, parts.grid);
    draw();
  } catch (error) {
    if (mine.signal.aborted) return;
    back.failed();
    if (!data) instead((card) => card.fail(error, again));
    else parts.stage.classList.add("is-away");
  }
}

// Scores, predictions and final minutes of the series join what was loaded.
function follow(change) {
  for (const { name, data: said } of change.events) {
    if (`${said.source}:${said.symbol}` !== asked.series) continue;
    if (name === "score") {
      data.records.push(read(said));
      data.bins.push(said);
      const key = `${said.model}:${said.version}`;
      if (!data.versions.includes(key)) data.versions.unshift(key);
      dirty = true;
    } else if (name === "prediction") data.predictions.push(said);
    else if (name === "window" && said.type === "tumbling" && !data.candles.some((candle) => candle.start >= said.window_start)) {
      data.candles.push({ start: said.window_start, open: said.open, high: said.high, low: said.low, close: said.close, volume: said.volume, count: said.count });
      dirty = true;
    }
  }
}

function servedModel() {
  const key = chosenModel(data, row());
  return data.models.find((one) => `${one.name}:${one.version}` === key) ?? null;
}

function draw() {
  dirty = false;
  const now = context.live.now(), key = chosenModel(data, row()), model = servedModel();
  Object.assign(data, { now, from: now - data.span });
  data.records = data.records.filter((record) => record.as_of > data.from);
  data.bins = data.bins.filter((record) => record.as_of > now - DRIFT_MS);
  const records = data.records.filter((record) => `${record.model}:${record.version}` === key), shares = sharesOf(model);
  const score = pooled(records), drift = driftOf(data.bins.filter((record) => `${record.model}:${record.version}` === key), shares);
  const decided = new Set(records.map((record) => record.as_of));
  const open = data.predictions.filter((one) => `${one.model}:${one.version}` === key && one.event_time > now - 3 * 60_000 && !decided.has(one.event_time + (one.horizon_ms ?? 0))).length;
  fillModels(key);
  parts.figures.show(score, records, drift, open);
  parts.price.show(data, key, row());
  // Without a model of its own a form asks the default one.
  parts.next.show(data, model ?? data.models.find((one) => one.default) ?? data.models.find((one) => one.features) ?? null, row());
  parts.rolling.show(data, key.replace(":", " v"), records);
  parts.calibration.show(data, key.replace(":", " v"), score);
  parts.distribution.show(data, key.replace(":", " v"), records);
  parts.card.show(data, key, model);
  parts.drift.show(data, key.replace(":", " v"), drift);
}

function fillModels(key) {
  const served = new Map(data.models.map((one) => [`${one.name}:${one.version}`, one.default ? "default" : "served"]));
  const keys = [...new Set([...(key ? [key] : []), ...data.versions, ...[...served.keys()].filter((one) => !one.endsWith(":undefined"))])];
  const wanted = keys.map((one) => `${one} ${served.get(one) ?? ""}`).join("\n");
  if (parts.model.dataset.list !== wanted) {
    parts.model.dataset.list = wanted;
    parts.model.replaceChildren(...keys.map((one) => h("option", { value: one }, `${one.replace(":", " v")}${served.get(one) ? `, ${served.get(one)}` : ""}`)));
  }
  parts.model.value = key;
  parts.model.hidden = !keys.length;
  parts.figures.pill.hidden = false;
}
