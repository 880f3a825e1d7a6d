// The tables of the view: what fires and is pending, what was, the rules, the silences.
import { h, icon, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";
import * as live from "../../live.js";
import { table } from "../../parts/table.js";
import { nameOf, severityOf } from "./book.js";
import { durationMs } from "./expression.js";

const TONE = { critical: "bad", warning: "warn", info: "info" };

const text = (key, title, value, more = {}) => ({ key, title, draw: (cell, row) => setText(cell, value(row)), ...more });

function severity(value) {
  return {
    key: "severity", title: "Severity", make: (cell) => cell.append(h("span", { class: "tag" })),
    draw(cell, row) {
      setText(cell.firstChild, value(row) || "none");
      setClass(cell.firstChild, `tag ${TONE[value(row)] ?? ""}`.trim());
    },
  };
}

const seriesColumn = {
  key: "where", title: "Series", make: (cell) => cell.append(h("span"), " ", h("span", { class: "muted small" })),
  draw(cell, row) {
    setText(cell.firstChild, row.symbol);
    setText(cell.lastChild, row.source);
  },
};

function stateColumn(waitMs) {
  return {
    key: "state", title: "State", make: (cell) => cell.append(h("span")),
    draw(cell, row) {
      const wait = waitMs(row.rule), firing = row.state === "firing";
      setClass(cell.firstChild, firing ? "bad strong" : row.state === "resolved" ? "ok" : "muted");
      setText(cell.firstChild, firing ? "● firing" : row.state === "resolved" ? "✓ resolved" : `○ pending${wait ? ` ${progress(live.now() - row.since, wait)}` : ""}`);
    },
  };
}

// `1 of 3 min`
function progress(ms, wait) {
  return wait < 120_000 ? `${Math.min(Math.floor(ms / 1000), wait / 1000)} of ${wait / 1000} s` : `${Math.min(Math.floor(ms / 60_000), wait / 60_000)} of ${format.plain(wait / 60_000)} min`;
}

const chosenClass = (chosen, key) => (row) => key(row) === chosen() ? "chosen" : "";
const ruleName = (row) => format.words(row.rule);

/** Firing and pending. */
export function nowTable({ waitMs, chosen, choose, isSilenced }) {
  return table({
    label: "Alerts that fire or are pending", rowKey: (row) => row.fingerprint, rowClass: chosenClass(chosen, (row) => row.fingerprint), onRow: (row) => choose(row.fingerprint),
    columns: [
      severity(severityOf),
      {
        key: "rule", title: "Rule", head: true, make: (cell, row) => cell.append(h("button", { class: "row-button", type: "button", onclick: () => choose(row.fingerprint) }), icon("silence", "silenced")),
        draw(cell, row) {
          setText(cell.firstChild, ruleName(row));
          cell.lastChild.toggleAttribute("hidden", !isSilenced(row));
        },
      },
      seriesColumn, stateColumn(waitMs),
      text("since", "Since", (row) => format.clock(row.since, live.now()), { number: true }),
      text("lasts", "For", (row) => format.age(live.now() - row.since), { number: true, className: "number muted c-lasts" }),
      text("value", "Value", (row) => format.brief(row.value), { number: true, className: "number strong c-value" }),
    ],
  });
}

/** What was: changes, newest first. */
export function historyTable({ choose }) {
  return table({
    label: "Changes of alerts", rowKey: (row) => `${row.fingerprint} ${row.as_of} ${row.state}`, onRow: choose,
    columns: [
      text("when", "When", (row) => format.clock(row.as_of, live.now()), { sort: (row) => row.as_of }),
      {
        key: "rule", title: "Rule", head: true, sort: ruleName,
        make: (cell, row) => cell.append(h("button", { class: "row-button", type: "button", onclick: () => choose(row) })),
        draw: (cell, row) => setText(cell.firstChild, ruleName(row)),
      },
      { ...seriesColumn, sort: (row) => row.symbol }, { ...stateColumn(() => 0), title: "Change", sort: (row) => row.state },
      text("lasted", "Lasted", (row) => row.state === "resolved" ? format.duration(row.as_of - row.since) : "", { number: true, sort: (row) => row.state === "resolved" ? row.as_of - row.since : null }),
      text("value", "Value", (row) => format.brief(row.value), { number: true, sort: (row) => row.value }),
    ],
  });
}

/** The rules. */
export function ruleTable({ chosen, choose, counts }) {
  return table({
    label: "Rules", rowKey: nameOf, rowClass: chosenClass(chosen, nameOf), onRow: (row) => choose(nameOf(row)), order: null,
    columns: [
      severity((row) => row.severity ?? row.labels?.severity ?? ""),
      {
        key: "rule", title: "Rule", head: true, sort: (row) => format.words(nameOf(row)),
        make: (cell, row) => cell.append(h("button", { class: "row-button", type: "button", title: nameOf(row), onclick: () => choose(nameOf(row)) })),
        draw: (cell, row) => setText(cell.firstChild, format.words(nameOf(row))),
      },
      { key: "expr", title: "Fires when", make: (cell) => cell.append(h("code")), draw: (cell, row) => setText(cell.firstChild, row.expr) },
      text("for", "For at least", (row) => format.duration(durationMs(row.for)).replace(/^0 s$/, "at once")),
      text("now", "Now", (row) => counts(nameOf(row)), { number: true }),
    ],
  });
}

/** Silences that have not ended. */
export function silenceTable({ end }) {
  return table({
    label: "Silences", rowKey: (row) => row.id,
    columns: [
      { key: "matchers", title: "What", head: true, make: (cell) => cell.append(icon("silence"), h("code")), draw: (cell, row) => setText(cell.lastChild, row.matchers) },
      text("from", "From", (row) => format.clock(row.from, live.now()), { number: true }),
      text("until", "Until", (row) => format.clock(row.until, live.now()), { number: true }),
      text("left", "Left", (row) => format.age(row.until - live.now()), { number: true, className: "number muted c-left" }),
      text("by", "By", (row) => row.by ?? ""),
      { key: "end", title: h("span", { class: "hush" }, "End"), number: true, draw() {}, make: (cell, row) => cell.append(h("button", { class: "button small", type: "button", onclick: (event) => end(row, event.currentTarget) }, "End")) },
    ],
  });
}
