// The tools of a card with a chart of Chart.js: picture, table of its numbers, CSV.
import * as api from "../api.js";
import { setAttribute } from "../dom.js";
import { tool } from "../parts/panel.js";
import { moreTool } from "./more.js";
import { savePlainChart } from "./picture.js";
import { csv, pointsTable } from "./table.js";

/** Buttons: `about()` is {title, subtitle, name}; `columns` are [{title, text(row), value(row), number}] over `rows()`, the first one first. */
export function plainTools(chart, { about, columns, rows }) {
  let table = null;
  const picture = tool("image", "Save as PNG", async () => {
    if (chart.chart) await savePlainChart(chart, { ...about(), note: chart.finding });
  });
  const tableTool = tool("table", "Table of the same numbers", () => toggle(!table));
  const download = tool("download", "Save as CSV", () => {
    const body = csv(columns.map((column) => column.title), rows().map((row) => columns.map((column) => (column.value ?? column.text)(row))));
    api.save(new Blob([body], { type: "text/csv;charset=utf-8" }), `${about().name}.csv`);
  });
  setAttribute(tableTool, "aria-pressed", "false");
  for (const one of [tableTool, download]) one.classList.add("not-phone");

  function toggle(show) {
    setAttribute(tableTool, "aria-pressed", String(show));
    table?.remove();
    table = null;
    chart.element.hidden = show;
    if (!show) return;
    table = pointsTable({ label: `${about().title}, as a table`, columns, rows: [...rows()].reverse(), order: "" });
    if (chart.element.isConnected) chart.element.after(table);
    else tableTool.closest(".card").querySelector(".card-body").append(table);
    table.focus();
  }
  chart.canvas.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    toggle(true);
  });
  return { elements: [picture, tableTool, download, moreTool()], close: () => table && toggle(false) };
}
