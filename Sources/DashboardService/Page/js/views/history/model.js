// The chart's model of the History view: one metric over the span, its volume below it, high and low marked.
import { summary } from "../../calc/candles.js";
import { gapBetween, timeline } from "../../calc/gaps.js";
import { volumeBar } from "../../charts/points.js";
import * as format from "../../format.js";

/** - loaded: {series, candles, gaps, step, from, to}. The axis runs over the whole span, also where nothing is. */
export function modelOf(loaded, metric, decimals) {
  const { series, candles, gaps, step, from, to } = loaded, sum = summary(candles);
  const text = metric.isPrice ? (value) => format.price(value, decimals) : metric.format;
  const places = metric.isPrice ? decimals : 3;
  const main = {
    id: "main", kind: metric.kind, pane: "price", colour: "s1", decimals: places, format: text, lastValue: !metric.isPrice && metric.kind !== "bars",
    width: metric.kind === "area" ? 2 : 1, margins: { top: 0.08, bottom: 0.08 },
    points: metric.kind === "candles" ? candles : candles.map((candle) => ({ time: candle.start, value: metric.value(candle) })),
    levels: levelsOf(metric, sum),
  };
  const panes = [{ name: "price", share: 78 }], list = [main];
  if (metric.isPrice) {
    panes.push({ name: "volume", share: 22, nameOf: (time) => volumeName(loaded, time) });
    list.push({ id: "volume", kind: "bars", pane: "volume", points: candles.map(volumeOf(metric)), decimals: 3, format: format.thin });
  }
  const find = (time) => candles.find((candle) => candle.start === time);
  return {
    about: `${series} ${from} ${metric.key}`, step, times: timeline(from, to - 1, step), gaps, panes, series: list, decimals, rightOffset: 0,
    price: metric.isPrice ? sum?.last.close ?? null : undefined,
    legend: (time) => legendOf(loaded, metric, text, time === null ? sum?.last : find(time), time),
    sentence: () => sentenceOf(loaded, metric, text, sum),
    says: (time) => {
      const candle = find(time);
      if (candle) return `${format.dateTime(time)}: ${text(metric.value ? metric.value(candle) : candle.close)} ${metric.unit(series)}`;
      return `${format.dateTime(time)}: ${gapBetween(gaps, time, time + step) ? "gap" : "nothing traded"}`;
    },
  };
}

// Up and down only where candles have colours of their own; a line of one colour has bars of one colour.
function volumeOf(metric) {
  return metric.kind === "candles" ? volumeBar : (candle) => ({ time: candle.start, value: candle.volume, colour: candle.incomplete ? "warn" : "s1", alpha: "8c" });
}

function levelsOf(metric, sum) {
  if (!metric.isPrice || !sum) return metric.level === undefined ? [] : [{ value: metric.level, colour: "muted", dash: "dashed" }];
  return [
    { value: sum.high.high, colour: "muted", dash: "dashed", title: "high" },
    { value: sum.low.low, colour: "muted", dash: "dashed", title: "low" },
  ];
}

function volumeName({ series, candles }, time) {
  const candle = time === null ? null : candles.find((one) => one.start === time), { base } = format.seriesParts(series);
  const name = document.createElement("span");
  name.textContent = candle ? `Volume ${format.thin(candle.volume)} ${base}` : `Volume, ${base}`;
  return [name];
}

function legendOf({ series, step, gaps }, metric, text, candle, time) {
  const at = candle?.start ?? time;
  if (at === null || at === undefined) return [];
  const items = [{ value: format.dateTime(at) }];
  if (!candle) return [...items, { value: gapBetween(gaps, at, at + step) ? "gap" : "nothing traded" }];
  if (metric.kind === "candles") for (const [label, name] of [["O", "open"], ["H", "high"], ["L", "low"], ["C", "close"]]) items.push({ label, value: text(candle[name]) });
  else items.push({ label: metric.label, value: `${text(metric.value(candle))} ${metric.unit(series)}`, colour: "s1" });
  if (candle.incomplete) items.push({ value: "incomplete" });
  return items;
}

function sentenceOf({ series, candles, gaps, from, to, by }, metric, text, sum) {
  const { symbol, source } = format.seriesParts(series), head = `${metric.label} of ${symbol} ${source}, ${format.dateTime(from)} to ${format.dateTime(to)} ${format.zoneName(to)}`;
  if (!sum) return `${head}: nothing.`;
  const values = metric.isPrice
    ? `last ${text(sum.last.close)}, high ${text(sum.high.high)} at ${format.dateTime(sum.high.start)}, low ${text(sum.low.low)} at ${format.dateTime(sum.low.start)}`
    : `last ${text(metric.value(sum.last))} ${metric.unit(series)}`;
  return `${head}: ${values}; ${format.count(candles.length, "point")} from ${by === "ticks" ? "ticks" : "final minutes"}, ${gaps.length ? format.count(gaps.length, "gap") : "no gap"}.`;
}
