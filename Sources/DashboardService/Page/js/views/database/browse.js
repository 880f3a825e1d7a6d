// The rows of one table, a page at a time, newest or oldest first.
import { get } from "../../api.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { settings } from "../../settings.js";
import { panel } from "../../parts/panel.js";
import { seriesPick } from "../../parts/series-pick.js";
import { table } from "../../parts/table.js";
import { columnsFor, firstColumns } from "./cells.js";
import { saveRows } from "./export.js";
import { filterChips } from "./filters.js";

const PAGE = 50, MOST = 10_000;
/** Tables that belong to no series. */
const WITHOUT_SERIES = ["dead_letters", "alerts"];
const FIRST_FILTER = { windows: [["type", "tumbling"]] };

/** The card. Gives {element, open(table, series), refresh(), redraw()}; `moved(series)` hears another series. */
export function browse(context, moved) {
  const took = h("span", { class: "note" }), chips = h("div", { class: "chips" });
  const pick = seriesPick(context, (series) => moved(series));
  const columnsMenu = h("details", { class: "columns-menu" });
  const csv = h("button", { class: "button small", type: "button", onclick: () => exportRows("csv") }, "CSV");
  const json = h("button", { class: "button small", type: "button", onclick: () => exportRows("json") }, "JSON");
  const card = panel({ title: "Rows", className: "rows", tools: [took, columnsMenu, csv, json] });
  card.head.insertBefore(pick.element, card.tools);
  card.head.insertBefore(chips, card.tools);
  // Before there is a table there is nothing to choose or to save.
  for (const part of [pick.element, columnsMenu, csv, json]) part.hidden = true;
  const newer = h("button", { class: "button small", type: "button", onclick: () => page(-1) }, "Newer");
  const older = h("button", { class: "button small", type: "button", onclick: () => page(1) }, "Older");
  const where = h("span"), foot = h("div", { class: "table-foot" }, where, h("span", { class: "end" }, newer, older));

  let about = null, series = "", filter, order, cursors, at, answer, turn = 0;

  function query() {
    return {
      series: WITHOUT_SERIES.includes(about.name) ? undefined : series, order, limit: PAGE, after: cursors[at],
      from: filter.from ?? undefined, to: filter.to ?? undefined, match: filter.match.map(([column, value]) => `${column}:${value}`),
    };
  }

  async function load() {
    const mine = ++turn;
    if (!answer) card.loading(10);
    try {
      const said = await get(`api/rows/${encodeURIComponent(about.name)}`, query());
      if (mine !== turn) return;
      answer = said;
      cursors[at + 1] = said.next ?? undefined;
      draw();
    } catch (error) {
      if (mine === turn) card.fail(error, load);
    }
  }

  function draw() {
    took.textContent = `${format.number(answer.took_ms, answer.took_ms < 10 ? 1 : 0)} ms`;
    for (const part of [columnsMenu, csv, json]) part.hidden = false;
    chips.replaceChildren(...filterChips(filter, about.columns, (next) => restart({ filter: next })));
    drawMenu();
    if (!answer.rows.length) {
      const isFiltered = filter.match.length > 0 || filter.from || filter.to;
      const clear = { label: "Clear filters", run: () => restart({ filter: { match: [], from: null, to: null } }) };
      card.empty({ title: "No row", line: isFiltered ? "No row passes the filters." : "The store holds none of it yet.", icon: "table", action: isFiltered ? clear : undefined });
      return;
    }
    const kinds = new Map(about.columns.map((column) => [column.name, column]));
    const all = columnsFor(answer.columns.map((name) => kinds.get(name) ?? { name }), answer.rows, seriesOf);
    const shown = chosenColumns();
    const keyed = answer.rows.map((row, index) => Object.assign(row, { key: index }));
    const made = table({
      label: `${about.name}, rows`, rowKey: (row) => row.key, columns: shown.map((name) => all.find((column) => column.key === name)).filter(Boolean),
      order: { key: about.time, down: order === "newest" },
      onOrder: (next) => {
        if (next.key === about.time) restart({ order: next.down ? "newest" : "oldest" });
        else where.textContent = `${range()}, this page by ${next.key}`;
      },
    });
    made.set(keyed);
    card.show(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${about.name}, table` }, made.element), foot);
    where.textContent = range();
    newer.textContent = order === "newest" ? "Newer" : "Older";
    older.textContent = order === "newest" ? "Older" : "Newer";
    newer.disabled = at === 0;
    older.disabled = !answer.next;
  }

  function seriesOf(row) {
    const source = row[answer.columns.indexOf("source")], symbol = row[answer.columns.indexOf("symbol")];
    return source && symbol ? `${source}:${symbol}` : series;
  }

  function range() {
    const first = at * PAGE + 1;
    return `Rows ${format.number(first)} to ${format.number(first + answer.rows.length - 1)}, ${order} first, times in ${format.zoneName()}`;
  }

  function chosenColumns() {
    const kept = settings.get(`database.columns.${about.name}`);
    return kept?.some((name) => answer.columns.includes(name)) ? kept : firstColumns(about.name, answer.columns);
  }

  function drawMenu() {
    const shown = chosenColumns(), open = columnsMenu.open;
    const toggle = (name) => {
      settings.set(`database.columns.${about.name}`, answer.columns.filter((one) => one === name ? !shown.includes(one) : shown.includes(one)));
      draw();
    };
    columnsMenu.replaceChildren(h("summary", { class: "button small" }, `Columns ${shown.length} of ${answer.columns.length}`),
      h("div", { class: "menu" }, answer.columns.map((name) => h("label", {}, h("input", { type: "checkbox", checked: shown.includes(name), onchange: () => toggle(name) }), " ", name))));
    columnsMenu.open = open;
  }

  function page(step) {
    at = Math.max(0, at + step);
    load();
  }

  function restart(with_) {
    filter = with_.filter ?? filter;
    order = with_.order ?? order;
    cursors = [undefined];
    at = 0;
    load();
  }

  async function exportRows(kind) {
    const button = kind === "csv" ? csv : json;
    button.disabled = true;
    try {
      const said = await get(`api/rows/${encodeURIComponent(about.name)}`, { ...query(), after: undefined, limit: MOST }, { timeoutMs: 60_000 });
      saveRows(kind, said.columns, said.rows, `${about.name} ${WITHOUT_SERIES.includes(about.name) ? "" : series} ${format.date(Date.now())} UTC ms`);
      if (said.next) where.textContent = `Saved the first ${format.number(MOST)} rows: narrow the time for the others.`;
    } catch (error) {
      where.textContent = error.message;
    }
    button.disabled = false;
  }

  return {
    element: card.element,
    open(next, nextSeries) {
      const same = about?.name === next.name;
      about = next;
      series = nextSeries;
      answer = null;
      card.title(next.name);
      pick.set(series);
      const needsSeries = !WITHOUT_SERIES.includes(next.name);
      pick.element.hidden = !needsSeries || !series;
      if (needsSeries && !series) return card.empty({ title: "Nothing comes yet", line: "No series is known so far. Is a producer running?", icon: "database" });
      return restart({ filter: same ? filter : { match: FIRST_FILTER[next.name] ?? [], from: null, to: null }, order: same ? order : "newest" });
    },
    refresh: () => pick.refresh(),
    redraw: () => answer && draw(),
    retry: () => about && load(),
  };
}
