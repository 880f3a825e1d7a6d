// The chart's model of the Trend view: candles, volume, overlays, panes and markers out of what was loaded.
import { callsOf, callText } from "../../calc/calls.js";
import { bucketOf, MINUTE } from "../../calc/candles.js";
import { gapBetween, timeline } from "../../calc/gaps.js";
import { runningVwap, trendLine } from "../../calc/indicators.js";
import { day } from "../../calc/zone.js";
import { volumeBar } from "../../charts/points.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { indicatorsFor, SURE } from "./load.js";

/** - shown: the keys of the layers that are on; row: the series' live row. */
export function modelOf(data, shown, row, zone) {
  const { live: { candles }, step } = data, decimals = decimalsOf(candles, row);
  // A point before the first candle would move the axis, which counts steps from there.
  const indicators = indicatorsFor(data).filter((one) => one.time >= (candles[0]?.start ?? 0));
  const last = candles.at(-1), price = (value) => format.price(value, decimals);
  const open = last?.isOpen ? last.start : null;
  const line = (id, field, more) => ({
    id, kind: "line", pane: "price", points: indicators.map((one) => ({ time: one.time, value: one[field] })), decimals, format: price,
    autoscale: false, field, ...more,
  });
  const series = [
    { id: "candles", kind: "candles", pane: "price", points: candles, decimals, format: price, margins: { top: 0.06, bottom: 0.22 } },
    { id: "volume", kind: "bars", pane: "price", points: candles.map(volumeBar), scaleId: "volume", decimals: 0, format: format.thin },
  ];
  const panes = [{ name: "price", share: 60 }];
  if (shown.has("bands")) {
    series.push(line("upper", "bollinger_upper", { colour: "s6", width: 1 }), line("lower", "bollinger_lower", { colour: "s6", width: 1 }));
  }
  if (shown.has("sma")) series.push(line("sma", "sma_20", { colour: "s2" }));
  if (shown.has("ema")) series.push(line("ema", "ema_12", { colour: "s4", dash: "dashed" }));
  if (shown.has("vwap")) {
    series.push({ ...line("vwap", "", { colour: "s3", dash: "dotted" }), points: runningVwap(candles, (time) => day(time, zone)) });
  }
  if (shown.has("trend") && step === 60_000 && row?.trend) {
    series.push({ ...line("trend", "", { colour: "s1", width: 3 }), points: trendLine(row.trend).filter((point) => point.time >= (candles[0]?.start ?? 0)) });
  }
  addPanes({ shown, line, series, panes, indicators });
  // As many starts as there are, gaps and empty minutes too; what lies before the first candle is not drawn.
  const times = candles.length ? timeline(candles[0].start, last.start, step) : [];
  return {
    about: data.series, step, times, gaps: data.gaps.filter((gap) => last && gap.to > candles[0].start), panes, series, open, decimals,
    price: last?.close ?? null, markers: markersOf(data, shown, times), sentence: () => sentence(data, price),
    says: (time) => says(candles, time, price, data.gaps, step),
  };
}

function addPanes({ shown, line, series, panes, indicators }) {
  const one = (value) => format.number(value, 1);
  const finer = { macd: digits(indicators, "macd"), atr: digits(indicators, "atr_14") };
  const [small, range] = [finer.macd, finer.atr].map((places) => (value) => format.number(value, places));
  const at = (time, field) => (time === null ? indicators.findLast((each) => each[field] !== null)?.[field] : indicators.find((each) => each.time === time)?.[field]);
  const valued = (text, colour) => h("b", { class: `c-${colour}` }, text);
  if (shown.has("rsi")) {
    panes.push({ name: "rsi", share: 15, nameOf: (time) => [h("span", {}, "RSI 14"), valued(one(at(time, "rsi_14")), "s1")] });
    series.push(line("rsi", "rsi_14", {
      pane: "rsi", colour: "s1", autoscale: true, include: [20, 80], decimals: 1, format: one, lastValue: true,
      levels: [{ value: 70, colour: "muted" }, { value: 30, colour: "muted" }],
    }));
  }
  if (shown.has("macd")) {
    panes.push({ name: "macd", share: 17, nameOf: (time) => [h("span", {}, "MACD 12 26 9"), valued(small(at(time, "macd")), "s1"), valued(small(at(time, "macd_signal")), "s2")] });
    series.push(
      { ...line("histogram", "macd_histogram", { pane: "macd", autoscale: true, format: small, decimals: finer.macd }), kind: "bars", points: indicators.map(histogramBar) },
      line("macd", "macd", { pane: "macd", colour: "s1", autoscale: true, format: small, decimals: finer.macd, lastValue: true }),
      line("signal", "macd_signal", { pane: "macd", colour: "s2", dash: "dotted", width: 1, autoscale: true, format: small, decimals: finer.macd }),
    );
  }
  if (shown.has("atr")) {
    panes.push({ name: "atr", share: 13, nameOf: (time) => [h("span", {}, "ATR 14"), valued(range(at(time, "atr_14")), "s1")] });
    series.push(line("atr", "atr_14", { pane: "atr", colour: "s1", autoscale: true, format: range, decimals: finer.atr, lastValue: true }));
  }
}

// Three digits of the largest: an average range is finer than the market's smallest move.
function digits(indicators, field) {
  const largest = indicators.reduce((most, one) => Math.max(most, Math.abs(one[field] ?? 0)), 0);
  return largest > 0 ? Math.max(0, Math.min(12, 2 - Math.floor(Math.log10(largest)))) : 2;
}

export function histogramBar(one) {
  return { time: one.time, value: one.macd_histogram, colour: one.macd_histogram >= 0 ? "up" : "down", alpha: "99" };
}

/** Of the market's smallest move as the server saw it, else of the closes. */
export function decimalsOf(candles, row) {
  if (row?.decimals !== undefined) return row.decimals;
  return candles.slice(-60).reduce((most, candle) => Math.max(most, format.decimalsOf(candle.close)), 0) || 2;
}

function markersOf(data, shown, times) {
  const has = new Set(times), markers = [];
  if (shown.has("calls")) {
    for (const one of callsOf(data.predictions, data.scores)) {
      if (!has.has(one.time) || one.probability < SURE - 1e-9) continue;
      markers.push({
        time: one.time, shape: one.up ? "arrowUp" : "arrowDown", position: one.up ? "belowBar" : "aboveBar", colour: "s3", id: `p${one.time}${one.model}`,
        words: `${one.model} v${one.version} at ${format.minute(one.time + MINUTE)}: ${callText(one)}`,
      });
    }
  }
  if (shown.has("alerts")) markers.push(...alertMarkers(data, has));
  return markers.sort((a, b) => a.time - b.time);
}

// One square a candle, in the colour of the worst of its alerts; the words of all.
function alertMarkers(data, has) {
  const markers = new Map(), severities = ["info", "warning", "critical"];
  for (const one of [...data.alerts].sort((a, b) => a.as_of - b.as_of)) {
    const time = bucketOf(one.as_of, data.step), worst = Math.max(0, severities.indexOf(one.severity ?? "warning"));
    if (!has.has(time)) continue;
    const words = `${format.time(one.as_of)} ${one.severity ?? "alert"}: ${one.summary ?? one.rule}`, marker = markers.get(time);
    if (!marker) markers.set(time, { time, worst, shape: "square", position: "aboveBar", id: `a${time}`, words, size: 1 });
    else Object.assign(marker, { worst: Math.max(marker.worst, worst), words: `${marker.words}\n${words}` });
  }
  return [...markers.values()].map((marker) => ({ ...marker, colour: ["accent", "warn", "bad"][marker.worst] }));
}

function sentence(data, price) {
  const { candles } = data.live;
  if (!candles.length) return `Candles of ${data.series}: none.`;
  let high = candles[0], low = candles[0];
  for (const candle of candles) {
    if (candle.high > high.high) high = candle;
    if (candle.low < low.low) low = candle;
  }
  const gaps = data.gaps.length ? `${format.count(data.gaps.length, "gap")}` : "no gap";
  return `Candles of ${data.series}, ${format.duration(data.step)} each, ${format.dateTime(candles[0].start)} to ${format.dateTime(candles.at(-1).start)} ${format.zoneName(candles.at(-1).start)}: `
    + `last ${price(candles.at(-1).close)}, high ${price(high.high)} at ${format.clock(high.start)}, low ${price(low.low)} at ${format.clock(low.start)}, ${gaps}.`;
}

function says(candles, time, price, gaps, step) {
  const candle = candles.find((one) => one.start === time);
  if (!candle) return `${format.clock(time)}: ${gapBetween(gaps, time, time + step) ? "gap" : "nobody traded"}`;
  return `${format.clock(time)}: open ${price(candle.open)}, high ${price(candle.high)}, low ${price(candle.low)}, close ${price(candle.close)}`
    + `${candle.incomplete ? ", incomplete" : ""}${candle.isOpen ? ", open minute" : ""}`;
}
