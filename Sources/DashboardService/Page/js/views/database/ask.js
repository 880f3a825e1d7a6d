// A question to the store in its own words: SQL to SQLite, a filter document to MongoDB. Reading only.
import { post } from "../../api.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { dialog } from "../../frame/dialogs.js";
import { panel } from "../../parts/panel.js";
import { table } from "../../parts/table.js";
import { columnsFor } from "./cells.js";
import { saveRows } from "./export.js";

const MOST = 1_000;
const EXAMPLE = {
  sqlite: "SELECT symbol, window_start, open, high, low, close, volume, count, incomplete\nFROM windows WHERE type = 'tumbling' AND final\nORDER BY window_start DESC",
  mongodb: '{"collection": "windows", "filter": {"type": "tumbling", "final": true}, "sort": {"window_start": -1}}',
};

/** The card with the question and its answer's. `kind` is `sqlite` or `mongodb`; `keep(title, text)` saves a question. */
export function ask(kind, keep) {
  const isSQL = kind !== "mongodb";
  const text = h("textarea", { class: "question mono", rows: "4", spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-label": isSQL ? "SQL" : "Filter document" });
  text.value = EXAMPLE[isSQL ? "sqlite" : "mongodb"];
  const said = h("p", { class: "said bad", role: "alert" });
  const run = h("button", { class: "button primary small", type: "button", title: "Ctrl and Enter" }, "Run ", h("kbd", {}, "Ctrl ↵"));
  const card = panel({
    title: isSQL ? "Ask in SQL" : "Ask by a filter document", note: `reads only, at most ${format.number(MOST)} rows, 5 s`,
    tools: [h("button", { class: "button small", type: "button", onclick: askTitle }, "Save"), run],
  });
  card.show(text, said);
  const took = h("span", { class: "note" });
  const answer = panel({ title: "Answer", className: "rows", tools: [took, button("csv"), button("json"), h("button", { class: "button small", type: "button", onclick: () => { answer.element.hidden = true; } }, "Close")] });
  answer.element.hidden = true;
  let got = null;

  function button(kindOf) {
    return h("button", { class: "button small", type: "button", onclick: () => got && saveRows(kindOf, got.columns, got.rows, `answer ${format.date(Date.now())}`) }, kindOf.toUpperCase());
  }

  async function go() {
    said.textContent = "";
    let body;
    try {
      body = isSQL ? { sql: text.value, limit: MOST } : { ...JSON.parse(text.value), limit: MOST };
    } catch {
      said.textContent = "This is no JSON document: {\"collection\": …, \"filter\": {…}, \"sort\": {…}}.";
      return;
    }
    run.disabled = true;
    answer.element.hidden = false;
    if (!got) {
      answer.note("");
      answer.loading(6);
    }
    try {
      got = await post("api/query", body);
      draw();
    } catch (error) {
      got = null;
      took.textContent = "";
      if (error.status === 400) {
        said.textContent = error.message;
        answer.element.hidden = true;
      } else if (error.status === 504) {
        answer.empty({ title: "The query took longer than 5 s", line: "Ask for fewer rows or add a time to WHERE.", icon: "warning", action: { label: "Try again", run: go } });
      } else answer.fail(error, go);
    }
    run.disabled = false;
  }

  function draw() {
    if (!got) return;
    answer.note(`${format.count(got.rows.length, "row")}${got.truncated ? ", and more that are not shown" : ""}, times in ${format.zoneName()}`);
    took.textContent = `${format.number(got.took_ms, got.took_ms < 10 ? 1 : 0)} ms`;
    if (!got.rows.length) return answer.empty({ title: "No row", line: "The question was understood, and nothing answers to it.", icon: "table" });
    const columns = columnsFor(got.columns.map((name) => ({ name })), got.rows, (row) => `${row[got.columns.indexOf("source")]}:${row[got.columns.indexOf("symbol")]}`);
    const made = table({ label: "Answer, rows", rowKey: (row) => row.key, lazy: true, columns: unique(columns) });
    made.set(got.rows.map((row, key) => Object.assign(row, { key })));
    answer.show(h("div", { class: "scroll answer", tabindex: "0", role: "region", "aria-label": "Answer, table" }, made.element));
  }

  function askTitle() {
    const title = h("input", { required: true, maxlength: "60", autocomplete: "off" });
    const box = dialog("Save the question", h("form", {
      class: "stack", onsubmit: (event) => { event.preventDefault(); keep(title.value.trim(), text.value); box.close(); },
    }, h("label", { class: "field" }, "Title", title), h("p", { class: "muted" }, "It is kept in this browser."), h("div", { class: "dialog-end" }, h("button", { class: "button primary", type: "submit" }, "Save"))));
    title.focus();
  }

  run.onclick = go;
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      go();
    }
  });
  return {
    element: card.element, answer: answer.element, redraw: draw,
    /** Puts a question in and asks it. */
    set(question) {
      text.value = question;
      text.rows = Math.min(12, Math.max(4, question.split("\n").length));
      go();
    },
  };
}

// Columns of one name are told apart by their place.
function unique(columns) {
  const seen = new Map();
  return columns.map((column) => {
    const times = (seen.get(column.key) ?? 0) + 1;
    seen.set(column.key, times);
    return times === 1 ? column : { ...column, key: `${column.key} ${times}` };
  });
}
