// Price against prediction: the closes, with an arrow where the model called it right and a grey dot where it was wrong.
import { timeline } from "../../calc/gaps.js";
import { missingLibrary } from "../../charts/library.js";
import { TimeChart } from "../../charts/time-chart.js";
import { chartTools } from "../../charts/tools.js";
import * as format from "../../format.js";
import { panel } from "../../parts/panel.js";
import { isSure, SURE } from "../trend/load.js";
import { decimalsOf } from "../trend/model.js";

const MINUTE = 60_000;

/** The card: {element, show(data, model, row), destroy()}. */
export function priceCard() {
  const chart = new TimeChart({ bars: 110, className: "price-chart" });
  let of = null;
  const tools = chartTools(chart, {
    about: () => ({
      title: `Price and prediction, ${of.data.series}, ${of.model}`,
      subtitle: `one-minute closes, ${format.dateTime(of.data.candles[0].start)} to ${format.dateTime(of.data.candles.at(-1).start)}, times in ${format.zoneName(of.data.now)}; arrow: called it right, dot: was wrong`,
      name: `predictions-${of.data.series}-${format.date(of.data.now)}`,
    }),
    columns: () => [
      { title: `Said at, ${format.zoneName(of.data.now)}`, text: (one) => format.dateTime(one.event_time) },
      { title: "Said", text: (one) => (one.prediction === 1 ? "▲ higher" : "▼ lower") },
      { title: "Probability of higher", number: true, text: (one) => format.number(one.probability, 3) },
      { title: "It was", text: (one) => ({ true: "right", false: "wrong" })[String(one.right)] ?? "not decided by itself" },
    ],
    rows: () => of.calls,
  });
  const card = panel({ title: "Price and prediction", span: 8, tools: tools.elements });
  chart.onTable = tools.toggleTable;

  async function show(data, model, row) {
    of = { data, model, calls: callsOf(data, model) };
    card.note(`arrow: called it right, dot: was wrong; those at least ${format.share(SURE, 0)} sure`);
    if (data.problems.candles && !data.candles.length) return card.fail(data.problems.candles);
    if (!data.candles.length) return card.empty({ title: "The first candle is on its way", line: `No final minute of ${data.series} in this span.`, icon: "prediction" });
    tools.closeTable();
    if (!chart.element.isConnected) card.show(chart.element);
    if (!(await chart.show(modelOf(of, decimalsOf(data.candles, row))))) card.show(missingLibrary("times", () => show(data, model, row)));
  }
  return { element: card.element, card, show, destroy: () => chart.destroy() };
}

/** The predictions of one model by time, each with whether it came true: the score of the minute that decided it says so where it decided no other. */
export function callsOf(data, model) {
  const scores = new Map(data.records.filter((record) => `${record.model}:${record.version}` === model).map((record) => [record.as_of, record]));
  return data.predictions.filter((one) => `${one.model}:${one.version}` === model).sort((a, b) => a.event_time - b.event_time).map((one) => {
    const score = one.kind === "window" ? scores.get(one.event_time + (one.horizon_ms ?? MINUTE)) : undefined;
    return { ...one, right: score?.count === 1 ? score.accuracy === 1 : null };
  });
}

function modelOf({ data, model, calls }, decimals) {
  const { candles, gaps, series } = data, price = (value) => format.price(value, decimals), last = candles.at(-1);
  const times = timeline(candles[0].start, last.start, MINUTE), has = new Set(candles.map((candle) => candle.start));
  const right = calls.filter((one) => one.right).length, decided = calls.filter((one) => one.right !== null).length;
  return {
    about: `${series} ${model}`, step: MINUTE, times, gaps, panes: [{ name: "price", share: 1 }], price: last.close, priceColour: "s6",
    series: [{ id: "close", kind: "line", pane: "price", colour: "s6", width: 1, decimals, format: price, margins: { top: 0.14, bottom: 0.14 }, points: candles.map((candle) => ({ time: candle.start, value: candle.close })) }],
    markers: calls.filter((one) => one.right !== null && isSure(one)).map(markerOf).filter((marker) => has.has(marker.time)),
    legend: () => [{ label: "price", value: price(last.close), colour: "s6" }, { label: "arrows: called right; dots: wrong", value: `${right} of ${decided}` }],
    sentence: () => `Price of ${series} and what ${model.replace(":", " version ")} said of it, ${format.dateTime(candles[0].start)} to ${format.dateTime(last.start)} ${format.zoneName(last.start)}: ${right} of ${decided} decided predictions were right, last price ${price(last.close)}.`,
    says: (time) => {
      const call = calls.find((one) => one.event_time - MINUTE === time), candle = candles.find((one) => one.start === time);
      return `${format.clock(time)}: ${candle ? price(candle.close) : "no candle"}${call ? `, ${wordsOf(call)}` : ""}`;
    },
  };
}

function wordsOf(call) {
  const up = call.prediction === 1;
  return `${up ? "higher" : "lower"}, ${format.share(up ? call.probability : 1 - call.probability, 0)} sure: ${call.right === null ? "not decided by itself" : call.right ? "right" : "wrong"}`;
}

function markerOf(call) {
  const up = call.prediction === 1, time = call.event_time - MINUTE;
  return {
    time, id: `c${call.event_time}`, position: up ? "belowBar" : "aboveBar", words: `${format.time(call.event_time)}: ${wordsOf(call)}`,
    ...(call.right ? { shape: up ? "arrowUp" : "arrowDown", colour: up ? "up" : "down" } : { shape: "circle", colour: "s6", position: "inBar", size: 0.6 }),
  };
}
