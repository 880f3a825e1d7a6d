// The figures of a span: last, change, high, low, volume and what is missing.
import { summary } from "../../calc/candles.js";
import { missingMs } from "../../calc/gaps.js";
import { h, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";

/** {element, show(loaded, decimals)}. */
export function strip() {
  const figures = {}, element = h("dl", { class: "card strip" });
  for (const [key, label] of [["last", "Last"], ["change", "Change"], ["high", "High"], ["low", "Low"], ["volume", "Volume"], ["missing", "Missing"]]) {
    const figure = h("dd", { class: "figure" }), line = h("dd", { class: "line" });
    figures[key] = { figure, line };
    element.append(h("div", {}, h("dt", {}, label), figure, line));
  }
  const set = (key, figure, line, { unit, className = "", title } = {}) => {
    const at = figures[key];
    setText(at.figure, figure);
    if (unit) at.figure.append(h("small", {}, unit));
    setClass(at.figure, `figure ${className}`);
    setText(at.line, line);
    setAttribute(at.line, "title", title);
  };

  function show(loaded, decimals) {
    const sum = loaded && summary(loaded.candles), price = (value) => format.price(value, decimals);
    if (!sum) return Object.keys(figures).forEach((key) => set(key, format.NONE, ""));
    const { base, quote } = format.seriesParts(loaded.series), at = (time) => format.clock(time);
    set("last", price(sum.last.close), `${at(sum.last.start)} ${format.zoneName(sum.last.start)}`, { title: format.full(sum.last.start) });
    set("change", `${format.arrow(sum.changePct)} ${format.percent(sum.changePct)}`, `from ${price(sum.first.open)}`, { className: format.direction(sum.changePct) });
    set("high", price(sum.high.high), at(sum.high.start), { title: format.full(sum.high.start) });
    set("low", price(sum.low.low), at(sum.low.start), { title: format.full(sum.low.start) });
    set("volume", format.thin(sum.volume), sum.amount ? `${format.thin(sum.amount)} ${quote}` : "no turnover in it", { unit: base });
    const { gaps, from, to } = loaded, missing = missingMs(gaps, from, to), share = (100 * missing) / (to - from);
    const late = loaded.candles[0].start - from > Math.max(loaded.step, 60_000) ? `; nothing before ${at(loaded.candles[0].start)}` : "";
    set("missing", format.number(share, 2), (gaps.length ? `${format.duration(missing)} in ${format.count(gaps.length, "gap")}` : "no gap reported") + late, { unit: "%", className: missing ? "warn" : "" });
  }
  return { element, show };
}
