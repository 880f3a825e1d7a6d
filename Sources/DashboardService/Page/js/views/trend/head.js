// The line above the Trend chart: the series, its price and what a day made of it, its age, and whether it is whole.
import { summary } from "../../calc/candles.js";
import { h, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";

/** The line: {element, show(row, data, now, decimals)}; only texts that changed are written. */
export function priceLine(pick) {
  const price = h("span", { class: "price-now" }), facts = new Map();
  const list = h("dl", { class: "price-facts" });
  for (const key of ["change", "high", "low", "turnover", "vwap", "age"]) {
    const value = h("dd"), label = h("dt");
    facts.set(key, { value, label });
    list.append(h("div", { class: `fact-${key}` }, label, value));
  }
  const whole = h("span", { class: "pill" });
  const element = h("div", { class: "view-head price-line" }, pick, price, list, h("div", { class: "end" }, whole));
  const fact = (key, value, label, className = "", title) => {
    const { value: dd, label: dt } = facts.get(key);
    setText(dd, value);
    setText(dt, label);
    setClass(dd, className);
    setAttribute(dd, "title", title);
  };

  function show(row, data, now, decimals) {
    const candles = data?.live.candles ?? [], sum = summary(candles.filter((candle) => candle.start >= now - 86_400_000));
    setText(price, format.price(row?.price ?? candles.at(-1)?.close, decimals));
    const changed = row?.change_24h_pct ?? null, since = row?.since_24h;
    const span = since ? `since ${format.clock(since, now)}` : "24 h";
    fact("change", changed === null ? format.NONE : `${format.arrow(changed)} ${format.percent(changed)}`, span, format.direction(changed));
    fact("high", format.price(row?.high_24h ?? sum?.high.high, decimals), "high 24 h");
    fact("low", format.price(row?.low_24h ?? sum?.low.low, decimals), "low 24 h");
    const { quote } = format.seriesParts(data?.series ?? row?.series ?? ":-");
    fact("turnover", row?.turnover_24h === undefined ? format.NONE : `${format.thin(row.turnover_24h)} ${quote}`, "turnover 24 h");
    fact("vwap", format.price(sum?.vwap, decimals), !sum ? "VWAP" : now - sum.first.start > 85_000_000 ? "VWAP 24 h" : `VWAP since ${format.clock(sum.first.start, now)}`);
    showAge(row, now);
    showWhole(row, data, now);
  }

  function showAge(row, now) {
    const age = row?.ingest_time ? Math.max(0, now - row.ingest_time) : null, isStale = age !== null && age > (row.stale_after_ms ?? Infinity);
    fact("age", age === null ? format.NONE : `${isStale ? "⚠ " : ""}${format.age(age)}${isStale ? ", stale" : ""}`, "age", isStale ? "bad" : "", row?.time && format.full(row.time));
  }

  function showWhole(row, data, now) {
    const gap = data?.gaps.at(-1), kind = row?.kind === "quote" ? "quotes" : "trades";
    whole.hidden = !data;
    if (!data) return;
    const isOpen = gap && gap.to >= now - 60_000;
    setClass(whole, `pill ${isOpen ? "warn" : "ok"}`);
    const from = gap ? gap.to : data.live.candles[0]?.start;
    setText(whole, isOpen ? `gap since ${format.clock(gap.from, now)}` : `${kind}, whole for ${format.duration(now - from)}`);
    setAttribute(whole, "title", from && `since ${format.full(from)}`);
  }

  return { element, show };
}
