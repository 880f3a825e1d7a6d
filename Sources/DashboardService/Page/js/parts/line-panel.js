// A small line chart in a card, with the tools that every chart has: picture, table, CSV. The library comes when it is wanted.
import { h } from "../dom.js";
import * as format from "../format.js";

/**
 * Draws `lines()` into `box` and puts the tools into the head of `card`.
 * about: {title, name, lines(), decimals, unit, label, threshold?, height, step?}. Gives {draw(), restyle(), destroy()}, or null without the library.
 */
export async function linePanel(card, box, about) {
  const [{ lineChart }, { chartTools }] = await Promise.all([import("../charts/line.js"), import("../charts/tools.js")]);
  const made = await lineChart(box, { ...about, lines: about.lines() });
  if (!made) return null;
  const tools = chartTools(made.chart, {
    withReset: false,
    about: () => ({ title: about.title, subtitle: subtitle(rowsOf(about.lines())), name: about.name }),
    columns: () => [{ title: `Time, ${format.zoneName()}`, text: (row) => format.dateTime(row.time) },
      ...about.lines().map((line) => ({ title: line.name, number: true, text: (row) => format.number(row[line.name], about.decimals) }))],
    rows: () => rowsOf(about.lines()),
  });
  made.chart.onTable = tools.toggleTable;
  const holder = h("span", { class: "line-tools" }, tools.elements);
  card.tools.prepend(holder);
  return {
    draw: () => made.set(about.lines()),
    restyle: () => made.applyTheme(),
    destroy() {
      holder.remove();
      made.destroy();
    },
  };
}

function subtitle(rows) {
  return rows.length ? `${format.dateTime(rows[0].time)} to ${format.dateTime(rows.at(-1).time)}, times in ${format.zoneName()}` : "no point yet";
}

// The lines' points side by side, by time.
function rowsOf(lines) {
  const rows = new Map();
  for (const line of lines) {
    for (const { time, value } of line.points) {
      if (!rows.has(time)) rows.set(time, { time });
      rows.get(time)[line.name] = value;
    }
  }
  return [...rows.values()].sort((a, b) => a.time - b.time);
}
