// The filters of a table as chips: a column is a value, a time from, a time to.
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { settings } from "../../settings.js";
import { dialog } from "../../frame/dialogs.js";

/** Chips of `filter` {match: [[column, value]…], from, to}; `change(filter)` hears another. */
export function filterChips(filter, columns, change) {
  const chip = (label, next) => h("button", { class: "chip", type: "button", "aria-pressed": "true", title: "Take this filter away", onclick: () => change(next) }, `${label} ✕`);
  return [
    ...filter.match.map(([column, value], at) => chip(value === "true" ? column : `${column} is ${value}`, { ...filter, match: filter.match.filter((_, other) => other !== at) })),
    filter.from ? chip(`from ${format.dateTime(filter.from)}`, { ...filter, from: null }) : null,
    filter.to ? chip(`before ${format.dateTime(filter.to)}`, { ...filter, to: null }) : null,
    h("button", { class: "chip", type: "button", onclick: () => ask(filter, columns, change) }, "+ Filter"),
  ].filter(Boolean);
}

function ask(filter, columns, change) {
  const column = h("select", {}, h("option", { value: "" }, "any"), columns.filter((one) => one.type !== "json").map((one) => h("option", { value: one.name }, one.name)));
  const value = h("input", { placeholder: "exactly this", autocomplete: "off", spellcheck: "false" });
  const from = h("input", { type: "datetime-local", step: "1", value: toField(filter.from) }), to = h("input", { type: "datetime-local", step: "1", value: toField(filter.to) });
  const field = (label, input) => h("label", { class: "field" }, label, input);
  const submit = (event) => {
    event.preventDefault();
    change({ match: column.value && value.value !== "" ? [...filter.match, [column.value, value.value]] : filter.match, from: fromField(from.value), to: fromField(to.value) });
    box.close();
  };
  const box = dialog("Filter", h("form", { class: "stack", onsubmit: submit },
    h("div", { class: "two" }, field("Column", column), field("Is", value)), h("div", { class: "two" }, field(`From, ${format.zoneName()}`, from), field(`Before, ${format.zoneName()}`, to)),
    h("div", { class: "dialog-end" }, h("button", { class: "button primary", type: "submit" }, "Filter"))));
}

function toField(ms) {
  return ms ? format.dateTime(ms).replace(" ", "T") : "";
}

function fromField(text) {
  if (!text) return null;
  const ms = Date.parse(settings.get("zone") === "local" ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}
