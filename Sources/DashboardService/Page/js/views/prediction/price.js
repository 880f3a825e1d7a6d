// Price against prediction: the closes, with an arrow where the model called it right and a grey dot where it was wrong.
import { callsOf, callText, scoresByMinute } from "../../calc/calls.js";
import { timeline } from "../../calc/gaps.js";
import { missingLibrary } from "../../charts/library.js";
import { TimeChart } from "../../charts/time-chart.js";
import { chartTools } from "../../charts/tools.js";
import * as format from "../../format.js";
import { panel } from "../../parts/panel.js";
import { SURE } from "../trend/load.js";
import { decimalsOf } from "../trend/model.js";

const MINUTE = 60_000;

/** The card: {element, chart, show(data, model, row), destroy()}. */
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
      { title: `Said at, ${format.zoneName(of.data.now)}`, text: (one) => format.dateTime(one.time + MINUTE), value: (one) => one.time + MINUTE },
      { title: "Said", text: (one) => (one.up ? "▲ higher" : "▼ lower") },
      { title: "How sure", number: true, text: (one) => format.share(one.probability, 1) }, { title: "n", number: true, text: (one) => format.number(one.count) },
      { title: "It was", text: (one) => ({ true: "right", false: "wrong" })[String(one.right)] ?? "not decided" },
    ],
    rows: () => of.calls,
  });
  const card = panel({ title: "Price and prediction", span: 8, tools: tools.elements });
  chart.onTable = tools.toggleTable;

  async function show(data, model, row) {
    const mine = (one) => `${one.model}:${one.version}` === model;
    of = { data, model, calls: callsOf(data.predictions.filter(mine), scoresByMinute(data.records.filter(mine))) };
    card.note(`arrow: called it right, dot: was wrong; those at least ${format.share(SURE, 0)} sure`);
    if (data.problems.candles && !data.candles.length) return card.fail(data.problems.candles);
    if (!data.candles.length) return card.empty({ title: "The first candle is on its way", line: `No final minute of ${data.series} in this span.`, icon: "prediction" });
    tools.closeTable();
    if (!chart.element.isConnected) card.show(chart.element);
    if (!(await chart.show(modelOf(of, decimalsOf(data.candles, row))))) card.show(missingLibrary("times", () => show(data, model, row)));
  }
  return { element: card.element, chart, card, show, destroy: () => chart.destroy() };
}

function modelOf({ data, model, calls }, decimals) {
  const { candles, gaps, series } = data, price = (value) => format.price(value, decimals), last = candles.at(-1);
  const times = timeline(candles[0].start, last.start, MINUTE), has = new Set(candles.map((candle) => candle.start));
  const right = calls.filter((one) => one.right).length, decided = calls.filter((one) => one.right !== null).length;
  return {
    about: `${series} ${model}`, step: MINUTE, times, gaps, panes: [{ name: "price", share: 1 }], price: last.close, priceColour: "s6",
    series: [{ id: "close", kind: "line", pane: "price", colour: "s6", width: 1, decimals, format: price, margins: { top: 0.14, bottom: 0.14 }, points: candles.map((candle) => ({ time: candle.start, value: candle.close })) }],
    markers: calls.filter((one) => one.right !== null && one.probability >= SURE - 1e-9).map(markerOf).filter((marker) => has.has(marker.time)),
    legend: () => [{ label: "price", value: price(last.close), colour: "s6" }, { label: "arrows: called right; dots: wrong", value: `${right} of ${decided}` }],
    sentence: () => `Price of ${series} and what ${model.replace(":", " version ")} said of it, ${format.dateTime(candles[0].start)} to ${format.dateTime(last.start)} ${format.zoneName(last.start)}: ${right} of ${decided} decided predictions were right, last price ${price(last.close)}.`,
    says: (time) => {
      const call = calls.find((one) => one.time === time), candle = candles.find((one) => one.start === time);
      return `${format.clock(time)}: ${candle ? price(candle.close) : "no candle"}${call ? `, ${callText(call)}` : ""}`;
    },
  };
}

function markerOf(call) {
  const { up, time } = call;
  return {
    time, id: `c${time}`, position: up ? "belowBar" : "aboveBar", words: `${format.minute(time + MINUTE)}: ${callText(call)}`,
    ...(call.right ? { shape: up ? "arrowUp" : "arrowDown", colour: up ? "up" : "down" } : { shape: "circle", colour: "s6", position: "inBar", size: 0.6 }),
  };
}
