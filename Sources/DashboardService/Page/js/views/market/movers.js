// The series that moved or traded most over the span.
import { arrange, h, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";
import { choice, panel } from "../../parts/panel.js";
import { drawSparkline, sparkline } from "../../parts/sparkline.js";

const MOST = 10;

/** The card: {element, fill(rows, live, hours)}; rows are kept by series, only cells that changed are written. */
export function moversCard({ href }) {
  let by = "change", last = null;
  const order = choice("Order", [["change", "Change"], ["turnover", "Turnover"]], by, (key) => { by = key; if (last) fill(...last); });
  const change = h("th", { scope: "col", class: "number" }), body = h("tbody"), kept = new Map();
  const table = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Series that moved or traded most" }, h("table", { class: "tb movers" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Series"), h("th", { scope: "col", class: "number" }, "Price"), change, h("th", { scope: "col", class: "number" }, "Turnover"), h("th", { scope: "col", class: "wide" }, "Last hour"))), body));
  const card = panel({ title: "Top movers", span: 5, tools: [order.element] });

  function fill(rows, live, hours) {
    last = [rows, live, hours];
    const sorted = [...rows].sort((a, b) => (by === "change" ? Math.abs(b.change_pct) - Math.abs(a.change_pct) : (b.turnover ?? 0) - (a.turnover ?? 0))).slice(0, MOST);
    if (!sorted.length) return card.empty({ title: "Nothing moved", line: "No final minute lies in this span.", icon: "market" });
    setText(change, `${hours} h`);
    if (!table.isConnected) card.show(table);
    arrange(body, sorted.map((row) => rowOf(row, live.get(row.series))));
  }

  function rowOf(row, now) {
    let cells = kept.get(row.series);
    if (!cells) kept.set(row.series, (cells = makeRow(row.series, href)));
    setText(cells.price, format.price(now?.price ?? row.close, now?.decimals));
    setText(cells.change, `${format.arrow(row.change_pct)} ${format.percent(row.change_pct)}`);
    setClass(cells.change, `number ${format.direction(row.change_pct)}`);
    setAttribute(cells.change, "title", `from ${format.price(row.open, now?.decimals)} at ${format.full(row.since)}`);
    setText(cells.turnover, format.thin(row.turnover));
    drawSparkline(cells.spark, now?.spark);
    return cells.element;
  }
  return { element: card.element, fill, card };
}

function makeRow(series, href) {
  const { symbol, source } = format.seriesParts(series);
  const cells = { price: h("td", { class: "number strong" }), change: h("td", { class: "number" }), turnover: h("td", { class: "number" }), spark: sparkline() };
  cells.element = h("tr", {}, h("th", { scope: "row" }, h("a", { class: "mover", href: href("trend", series) }, h("span", { class: "strong" }, symbol), " ", h("span", { class: "muted" }, source))), cells.price, cells.change, cells.turnover, h("td", { class: "wide" }, cells.spark));
  return cells;
}
