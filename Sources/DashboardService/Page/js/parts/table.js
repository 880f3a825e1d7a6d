// A table whose rows are kept by key: what changed is written, what did not is left alone.
import { arrange, h, setAttribute, setClass } from "../dom.js";

/**
 * A table. Each column is
 *   {key, title, draw(cell, row), number?, sort?(row) → number or text, fields?: [row fields it is drawn from], make?(cell), head?: row header, className?, about?}
 * options: {label, columns, rowKey(row), order?: {key, down}, onOrder?(order), rowClass?(row), onRow?(row, event), lazy?: draw only rows in sight}
 * Gives {element, set(rows), change(key, fields), redraw(columns), order, row(key)}.
 */
export function table({ label, columns, rowKey, order = null, onOrder, rowClass, onRow, lazy = false }) {
  const body = h("tbody", { role: "rowgroup" });
  const heads = columns.map((column) => headOf(column));
  const element = h("table", { class: "tb", role: "table" }, h("caption", { class: "hush" }, label),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)), body);
  const kept = new Map();  // key → {row, node, cells, seen, dirty}
  let shown = [];
  const sight = lazy ? new IntersectionObserver(sighted, { rootMargin: "200px" }) : null;

  function headOf(column) {
    const title = column.sort ? h("button", { type: "button", title: column.about, onclick: () => orderBy(column) }, column.title) : column.title;
    return h("th", { scope: "col", role: "columnheader", class: classOf(column), title: column.sort ? null : column.about }, title);
  }

  function orderBy(column) {
    const firstDown = column.number ?? false;
    order = { key: column.key, down: order?.key === column.key ? !order.down : firstDown };
    onOrder?.(order);
    place();
  }

  function markOrder() {
    columns.forEach((column, at) => setAttribute(heads[at], "aria-sort", order?.key === column.key ? (order.down ? "descending" : "ascending") : null));
  }

  function place() {
    markOrder();
    const column = columns.find((one) => one.key === order?.key);
    if (column?.sort) shown = ordered(shown, (row) => column.sort(row), order.down);
    arrange(body, shown.map((row) => kept.get(rowKey(row)).node));
  }

  function make(row) {
    const cells = columns.map((column) => {
      const cell = h(column.head ? "th" : "td", { class: classOf(column), role: column.head ? "rowheader" : "cell", scope: column.head ? "row" : null });
      column.make?.(cell, row);
      return cell;
    });
    const node = h("tr", { role: "row" }, cells);
    // A new row is drawn once, seen or not: it has its names and its height.
    const entry = { row, node, cells, seen: true, dirty: true };
    if (onRow) {
      node.classList.add("pressable");
      node.addEventListener("click", (event) => {
        if (!event.target.closest("a, button, input")) onRow(entry.row, event);
      });
    }
    sight?.observe(node);
    node.entry = entry;
    return entry;
  }

  function draw(entry, fields) {
    if (!entry.seen) {
      entry.dirty = true;
      return;
    }
    entry.dirty = false;
    if (rowClass) setClass(entry.node, `${onRow ? "pressable " : ""}${rowClass(entry.row) || ""}`.trim());
    columns.forEach((column, at) => {
      if (!fields || !column.fields || column.fields.some((field) => fields.has(field))) column.draw(entry.cells[at], entry.row);
    });
  }

  function sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      target.entry.seen = isIntersecting;
      if (isIntersecting && target.entry.dirty) draw(target.entry);
    }
  }

  return {
    element,
    get order() { return order; },
    /** Shows these rows, in the order chosen, else in theirs. */
    set(rows) {
      shown = rows;
      const wanted = new Set(rows.map(rowKey));
      for (const [key, entry] of kept) {
        if (wanted.has(key)) continue;
        sight?.unobserve(entry.node);
        kept.delete(key);
      }
      for (const row of rows) {
        const key = rowKey(row);
        let entry = kept.get(key);
        if (!entry) kept.set(key, entry = make(row));
        entry.row = row;
        draw(entry);
      }
      place();
    },
    /** Draws again what hangs on `fields` in the row of `key`. */
    change(key, fields) {
      const entry = kept.get(key);
      if (entry) draw(entry, fields);
    },
    /** Draws these columns again in every row in sight. */
    redraw(keys) {
      const chosen = columns.map((column, at) => [column, at]).filter(([column]) => keys.includes(column.key));
      for (const entry of kept.values()) {
        if (!entry.seen) continue;
        if (rowClass) setClass(entry.node, `${onRow ? "pressable " : ""}${rowClass(entry.row) || ""}`.trim());
        for (const [column, at] of chosen) column.draw(entry.cells[at], entry.row);
      }
    },
    /** Sorts by the column of this key; a second time the other way. */
    orderBy: (key) => orderBy(columns.find((column) => column.key === key)),
    /** Puts the rows in order again: values have changed since. */
    reorder: place,
    rows: () => shown,
  };
}

function classOf(column) {
  return [column.number && "number", column.className ?? `c-${column.key}`].filter(Boolean).join(" ");
}

/** `rows` by what `value` says; those without a value come last, whichever way. */
export function ordered(rows, value, down) {
  const keyed = rows.map((row, at) => [value(row), at, row]);
  const missing = (one) => one === null || one === undefined || Number.isNaN(one);
  keyed.sort(([a, i], [b, j]) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b) || i - j;
    const order = typeof a === "string" ? a.localeCompare(b, "en") : a - b;
    return (down ? -order : order) || i - j;
  });
  return keyed.map(([, , row]) => row);
}
