// What buyers and sellers paid: the median price by the taker's side, and the difference in its own pane, as the two lines lie on each other.
import { mergedGaps, timeline } from "../../calc/gaps.js";
import { missingLibrary } from "../../charts/library.js";
import { swatch } from "../../charts/line.js";
import { TimeChart } from "../../charts/time-chart.js";
import { chartTools } from "../../charts/tools.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { panel } from "../../parts/panel.js";
import { stepText } from "../../calc/spans.js";
import { objects } from "../trend/load.js";

/** The card: {element, show(series, span, step, decimals), redraw(), destroy()}. */
export function mediansCard({ api }) {
  const chart = new TimeChart({ className: "medians-chart" });
  const legend = h("p", { class: "chart-legend" }, item("up", "solid", "bought"), item("down", "dotted", "sold"), item("s1", "box", "bought less sold, bp"));
  let asked = null, rows = [], gaps = [];
  const tools = chartTools(chart, {
    about: () => ({
      title: `What buyers and sellers paid, ${name(asked.series)}`,
      subtitle: `median price by taker's side, ${stepText(asked.step)}, ${format.dateTime(asked.from)} to ${format.dateTime(asked.to)}, times in ${format.zoneName(asked.to)}`,
      name: `medians-${asked.series}-${format.date(asked.to)}`,
    }),
    columns: () => [
      { title: `Start, ${format.zoneName(asked.to)}`, text: (row) => format.dateTime(row.start) },
      { title: "Bought", number: true, text: (row) => format.price(row.buy, asked.decimals) }, { title: "Sold", number: true, text: (row) => format.price(row.sell, asked.decimals) },
      { title: "Bought less sold, bp", number: true, text: (row) => format.signed(basisPoints(row), 2) },
      { title: "Rows bought, sold", number: true, text: (row) => `${format.number(row.buy_rows)}, ${format.number(row.sell_rows)}` },
      { title: "Median", text: (row) => (row.exact ? "exact" : "of a sample") },
    ],
    rows: () => rows,
  });
  const card = panel({ title: "What buyers and sellers paid", tools: tools.elements, span: 8 });
  chart.onTable = tools.toggleTable;

  async function show(series, { from, to }, step, decimals, signal) {
    asked = { series, from, to, step, decimals };
    card.note(`median price by taker's side, ${stepText(step)}, ${name(series)}`);
    if (!chart.element.isConnected) card.loading(6);
    try {
      const [answer, candles] = await Promise.all([
        api.get("api/medians", { series, from, to, step }, { signal }),
        api.get("api/candles", { series, from, to, step, by: "minutes" }, { signal }).catch(() => null),
      ]);
      if (signal.aborted) return;
      rows = objects(answer);
      gaps = mergedGaps(candles?.gaps ?? []).filter((gap) => gap.to > from && gap.from < to);
      await draw();
    } catch (error) {
      if (!signal.aborted) card.fail(error, () => show(series, { from, to }, step, decimals, signal), rows.length > 0);
    }
  }

  async function draw() {
    if (!rows.some((row) => row.buy !== null || row.sell !== null)) {
      return card.empty({ title: "Nobody's side is known", line: `${name(asked.series)} has no trade with a side in this span: quotes have none.`, icon: "market" });
    }
    tools.closeTable();
    if (!chart.element.isConnected) card.show(legend, chart.element);
    card.element.removeAttribute("data-state");
    if (!(await chart.show(modelOf(rows, gaps, asked)))) card.show(missingLibrary("times", draw));
  }

  const none = () => card.empty({ title: "Nothing comes yet", line: "No record on crypto.ticks so far. Is a producer running?", icon: "market" });
  return { element: card.element, show, none, redraw: () => rows.length && draw(), destroy: () => chart.destroy() };
}

const name = (series) => {
  const { symbol, source } = format.seriesParts(series);
  return `${symbol} ${source}`;
};

function item(colour, dash, text) {
  return h("span", { class: "legend-item" }, swatch(colour, dash), text);
}

/** How much more the median buyer paid than the median seller got, in hundredths of a percent; null without both. */
export function basisPoints(row) {
  return row.buy && row.sell ? ((row.buy - row.sell) / ((row.buy + row.sell) / 2)) * 10_000 : null;
}

function modelOf(rows, gaps, { series, from, to, step, decimals }) {
  const price = (value) => format.price(value, decimals), bp = (value) => format.number(value, 1);
  const line = (id, field, colour, dash) => ({
    id, kind: "line", pane: "price", colour, dash, width: 2, decimals, format: price, lastValue: id === "bought",
    points: rows.map((row) => ({ time: row.start, value: row[field] })),
  });
  const mean = rows.map(basisPoints).filter((value) => value !== null), last = rows.at(-1);
  return {
    about: `${series} ${from}`, step, gaps, times: timeline(from, to - 1, step), rightOffset: 0,
    panes: [{ name: "price", share: 62 }, { name: "bp", share: 38, nameOf: (time) => bpName(rows, time) }],
    series: [
      line("bought", "buy", "up", "solid"), line("sold", "sell", "down", "dotted"),
      { id: "bp", kind: "bars", pane: "bp", decimals: 1, format: bp, points: rows.map((row) => ({ time: row.start, value: basisPoints(row), colour: "s1", alpha: "b3" })) },
    ],
    legend: () => [{ label: "bought", colour: "up", value: price(last?.buy) }, { label: "sold", colour: "down", value: price(last?.sell) }],
    sentence: () => `Median prices of ${name(series)} by taker's side, ${format.dateTime(from)} to ${format.dateTime(to)} ${format.zoneName(to)}: bought at ${price(last?.buy)}, sold at ${price(last?.sell)} at the end; `
      + `buyers paid ${format.signed(mean.reduce((sum, value) => sum + value, 0) / (mean.length || 1), 2)} basis points more in the mean.`,
    says: (time) => {
      const row = rows.find((one) => one.start === time);
      return row ? `${format.dateTime(time)}: bought ${price(row.buy)}, sold ${price(row.sell)}` : `${format.dateTime(time)}: nothing`;
    },
  };
}

function bpName(rows, time) {
  const row = time === null ? rows.at(-1) : rows.find((one) => one.start === time);
  return [h("span", {}, "bought less sold"), h("b", { class: "c-s1" }, `${format.signed(row ? basisPoints(row) : null, 1)} bp`)];
}
