// How a value of the store stands in a table: times in the reader's zone, prices with the decimals of their market.
import { h, setAttribute, setText } from "../../dom.js";
import * as format from "../../format.js";
import * as live from "../../live.js";

const TIME = /(^|_)(time|start|end|as_of|since|until|from|to|timestamp)$/;
const PRICE = /^(price|open|high|low|close|vwap|average_price|bid|ask|mean_price|sma_|ema_|bollinger_)/;
/** What an integer is at least where it is taken for a time: the year 2001. */
const LEAST_TIME = 1e12, MOST_TIME = 4e12;

/** Columns that are shown first; the others are in the menu. Those of a table that is not here are all shown. */
const FIRST = {
  ticks: "event_time kind trade_id price quantity side bid ask",
  windows: "window_start symbol open high low close volume count incomplete",
  trends: "as_of symbol averages slope_per_minute change_pct direction",
  indicators: "as_of close sma_20 ema_12 ema_26 rsi_14 macd macd_signal bollinger_upper bollinger_lower atr_14",
  predictions: "event_time model version prediction probability horizon_ms kind",
  scores: "as_of model version span_ms count accuracy log_loss brier auc base_rate",
  alerts: "as_of rule state source symbol value severity since summary",
  late: "event_time ingest_time kind price quantity side late_by",
  dead_letters: "time topic partition offset error service",
};

/** The names of the columns of `table` that are shown unless the reader chose others. */
export function firstColumns(table, columns) {
  const first = FIRST[table]?.split(" ");
  const shown = first ? first.filter((name) => columns.includes(name)) : columns;
  return shown.length ? shown : columns;
}

/** Whether a column holds times, by its name. */
export function isTime(name) {
  return TIME.test(name);
}

/** The columns of a result for a table: {name, type or nothing}; `rows` tell what is not told. `seriesOf(row)` gives the market. */
export function columnsFor(columns, rows, seriesOf = () => null) {
  return columns.map(({ name, type, about }, at) => {
    const sample = rows.find((row) => row[at] !== null && row[at] !== undefined)?.[at];
    const number = type ? type === "integer" || type === "real" : typeof sample === "number";
    const time = number && isTime(name);
    return {
      key: name, title: name, about, number: number && !time, className: `${number && !time ? "number " : ""}${name === "close" || name === "price" ? "strong" : ""}`,
      sort: (row) => typeof row[at] === "object" ? JSON.stringify(row[at]) : typeof row[at] === "boolean" ? Number(row[at]) : row[at],
      draw: (cell, row) => draw(cell, row[at], name, number, seriesOf(row)),
    };
  });
}

function draw(cell, value, name, number, series) {
  const text = say(value, name, number, series);
  if (value === null || value === undefined || typeof value === "boolean") cell.classList.add("muted");
  if (value !== null && typeof value === "object") {
    cell.replaceChildren(h("code", { class: "cut", title: JSON.stringify(value) }, text));
    return;
  }
  if (text.length > 60) {
    cell.replaceChildren(h("span", { class: "cut", title: String(value) }, text));
    return;
  }
  setText(cell, text);
  if (typeof value === "number" && isTime(name)) setAttribute(cell, "title", `${value}, ${format.full(value)}`);
}

function say(value, name, number, series) {
  if (value === null || value === undefined) return format.NONE;
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value !== "number") return String(value);
  if (isTime(name) && Math.abs(value) >= LEAST_TIME && Math.abs(value) < MOST_TIME) return format.dateTime(value);
  if (Number.isInteger(value) && !PRICE.test(name)) return format.number(value);
  const decimals = PRICE.test(name) ? live.state.series.get(series)?.decimals : undefined;
  return decimals === undefined ? format.plain(value) : format.number(value, decimals);
}
