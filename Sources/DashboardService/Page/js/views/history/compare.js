// Several series in one chart: which they are, and the model that draws how much each has changed.
import { changesOf } from "../../calc/compare.js";
import { timeline } from "../../calc/gaps.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";

/** How each line looks, the series in view first. */
const LOOKS = [["s1", "solid"], ["s2", "dashed"], ["s3", "dotted"], ["s4", "long"], ["s6", "sparse"]];
/** Most series beside the one in view. */
export const MOST = LOOKS.length - 1;

/** The series of the address' `with`; names hold no white space. */
export function othersOf(text, series) {
  return [...new Set((text ?? "").split(" "))].filter((name) => name.includes(":") && name !== series).slice(0, MOST);
}

/** The chips of what is compared and the choice of one more: {element, set(series, others)}; `change(others)` hears another list. */
export function compareBar({ live }, change) {
  const element = h("div", { class: "chips", role: "group", "aria-label": "Compared with" });
  function set(series, others) {
    const free = [...live.state.series.keys()].filter((name) => name !== series && !others.includes(name)).sort();
    const more = h("select", { class: "input compare", "aria-label": "Compare with", onchange: () => change([...others, more.value]) },
      h("option", { value: "" }, "+ Compare"), free.map((name) => h("option", { value: name }, nameOf(name))));
    element.replaceChildren(
      ...others.map((name) => h("button", { class: "chip", type: "button", "aria-pressed": "true", title: "No longer compare", onclick: () => change(others.filter((one) => one !== name)) }, `${nameOf(name)} ✕`)),
      ...(others.length < MOST && free.length ? [more] : []));
  }
  return { element, set };
}

export function nameOf(series) {
  const { symbol, source } = format.seriesParts(series);
  return `${symbol} ${source}`;
}

/** The chart's model; - loaded: {series, candles, gaps, step, from, to, others: [{series, candles}]}. */
export function comparisonOf(loaded) {
  const { step, from, to, gaps } = loaded, all = [loaded, ...loaded.others], changes = changesOf(all.map((one) => one.candles));
  const lines = all.map(({ series }, at) => ({ series, points: changes[at], colour: LOOKS[at][0], dash: LOOKS[at][1] }));
  const valueAt = (line, time) => (time === null ? line.points.at(-1) : line.points.find((point) => point.time === time))?.value ?? null;
  const begin = lines.find((line) => line.points.length)?.points[0].time ?? from;
  const said = (time) => lines.map((line) => `${nameOf(line.series)} ${format.percent(valueAt(line, time))}`).join(", ");
  return {
    about: `${lines.map((line) => line.series).join(" ")} ${from} compared`, step, times: timeline(from, to - 1, step), gaps, decimals: 2, rightOffset: 0,
    panes: [{ name: "price", share: 100 }],
    series: lines.map((line, at) => ({
      id: line.series, kind: "line", pane: "price", colour: line.colour, dash: line.dash, width: at ? 1 : 2, decimals: 2, format: format.signed, lastValue: true, points: line.points,
      levels: at ? [] : [{ value: 0, colour: "muted", dash: "dashed" }], margins: { top: 0.08, bottom: 0.08 },
    })),
    legend: (time) => [
      { value: time === null ? `since ${format.dateTime(begin)}` : format.dateTime(time) },
      ...lines.map((line) => ({ label: nameOf(line.series), value: format.percent(valueAt(line, time)), colour: line.colour, dash: line.dash })),
    ],
    sentence: () => `Change of ${lines.length} series since ${format.dateTime(begin)} ${format.zoneName(begin)}: ${said(null)}.`,
    says: (time) => `${format.dateTime(time)}: ${said(time)}`,
  };
}

/** The closes side by side, for a file: {columns, rows}. */
export function closesOf(loaded) {
  const all = [loaded, ...loaded.others], rows = new Map();
  all.forEach(({ candles }, at) => candles.forEach(({ start, close }) => {
    if (!rows.has(start)) rows.set(start, [start, ...all.map(() => null)]);
    rows.get(start)[at + 1] = close;
  }));
  return { columns: ["start", ...all.map(({ series }) => series)], rows: [...rows.values()].sort((a, b) => a[0] - b[0]) };
}
