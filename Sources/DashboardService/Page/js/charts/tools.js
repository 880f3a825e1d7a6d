// The tools of a time chart's card: whole view, picture, table of the same points, CSV.
import * as api from "../api.js";
import { h, setAttribute } from "../dom.js";
import { tool } from "../parts/panel.js";
import { moreTool } from "./more.js";
import { saveTimeChart } from "./picture.js";
import { csv, pointsTable } from "./table.js";

/**
 * Buttons for a card's head. `about()` is {title, subtitle, name}, `columns()` and `rows()` are those of the table;
 * `file()` gives {columns, rows} for CSV where it holds more than the table; without `withMore` the card has a button of its own for phones. Gives {elements, toggleTable, savePicture}.
 */
export function chartTools(chart, { about, columns, rows, file, withReset = true, withMore = true }) {
  let table = null;
  const picture = tool("image", "Save as PNG", () => savePicture());
  const tableTool = tool("table", "Table of the same points", () => toggleTable());
  const reset = withReset ? tool("reset", "Show the whole again", () => chart.reset()) : null;
  const download = tool("download", "Save as CSV", () => saveCSV());
  setAttribute(tableTool, "aria-pressed", "false");
  for (const one of [reset, tableTool, download]) one?.classList.add("not-phone");

  async function savePicture() {
    if (!chart.stage || chart.stage.isGone) return;
    picture.disabled = true;
    try {
      await saveTimeChart(chart, about());
    } finally {
      picture.disabled = false;
    }
  }

  function toggleTable(show = !table) {
    setAttribute(tableTool, "aria-pressed", String(show));
    if (!show) {
      table?.remove();
      table = null;
      chart.element.hidden = false;
      return (chart.element.isConnected ? chart.box : tableTool).focus();
    }
    if (!chart.model) return;
    const head = about();
    table = pointsTable({ label: `${head.title}, ${head.subtitle}`, columns: columns(), rows: rows() });
    table.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && event.key.toLowerCase() !== "t") return;
      event.preventDefault();
      event.stopPropagation();
      toggleTable(false);
    });
    if (chart.element.isConnected) chart.element.after(table);
    else tableTool.closest(".card").querySelector(".card-body").append(table);
    chart.element.hidden = true;
    table.focus();
  }

  function saveCSV() {
    const of = file?.() ?? plainFile();
    api.save(new Blob([csv(of.columns, of.rows)], { type: "text/csv;charset=utf-8" }), `${about().name}.csv`);
  }

  // Numbers as they are in the topics: no separators, times in ms.
  function plainFile() {
    const list = rows(), names = [...new Set(list.flatMap((row) => Object.keys(row)))].filter((name) => name !== "isOpen");
    return { columns: names, rows: list.map((row) => names.map((name) => row[name])) };
  }

  return { elements: [reset, picture, tableTool, download, withMore ? moreTool() : null].filter(Boolean), toggleTable, savePicture, closeTable: () => table && toggleTable(false) };
}
