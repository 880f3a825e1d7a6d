// The points of a chart as a table, for those who do not see it, and as CSV.
import { h } from "../dom.js";

const PAGE = 300;

/** A table of `columns` [{title, text(row), number}] over `rows`, newest first, a page at a time; `label` names its scrolling region. */
export function pointsTable({ label, columns, rows, order = ", newest first" }) {
  let shown = Math.min(PAGE, rows.length);
  const body = h("tbody"), count = h("span", { class: "muted" });
  const older = h("button", { class: "button small", type: "button", onclick: () => { shown = Math.min(rows.length, shown + PAGE); fill(); } }, "Older");
  const fill = () => {
    const nodes = [];
    for (let index = body.children.length; index < shown; index += 1) {
      const row = rows[rows.length - 1 - index];
      nodes.push(h("tr", {}, columns.map((column, place) => h(place ? "td" : "th", { class: column.number ? "number" : null, scope: place ? null : "row" }, column.text(row)))));
    }
    body.append(...nodes);
    older.hidden = shown >= rows.length;
    count.textContent = `${shown.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")}${order}`;
  };
  fill();
  return h("div", { class: "chart-table scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", { class: "tb" }, h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.number ? "number" : null }, column.title)))), body),
    h("p", { class: "chart-table-end" }, count, older));
}

/** Rows as CSV: RFC 4180 quoting, numbers in the shortest form that reads back the same, a dot in them. */
export function csv(columns, rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    const text = String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${columns.map(cell).join(",")}\n${rows.map((row) => `${row.map(cell).join(",")}\n`).join("")}`;
}
