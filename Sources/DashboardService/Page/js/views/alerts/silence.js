// The dialog that makes a silence: which alerts, for how long, by whom.
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { dialog } from "../../frame/dialogs.js";
import { now, state } from "../../live.js";
import { settings } from "../../settings.js";
import { nameOf } from "./book.js";
import { matchers } from "./expression.js";

const HOURS = [[1, "1 h"], [4, "4 h"], [12, "12 h"], [24, "1 d"], [168, "7 d"]];

/** Asks what to silence; `make(silence)` does it and throws where it cannot. */
export function askSilence(book, make) {
  const rule = h("select", {}, h("option", { value: "" }, "any rule"), (book.rules ?? []).map((one) => h("option", { value: nameOf(one) }, format.words(nameOf(one)))));
  const series = h("input", { list: "silence-series", placeholder: "any series", autocomplete: "off", spellcheck: "false" });
  const list = h("datalist", { id: "silence-series" }, [...state.series.keys()].map((name) => h("option", { value: name })));
  const hours = h("select", {}, HOURS.map(([value, label]) => h("option", { value }, label)));
  const by = h("input", { value: settings.get("alerts.by") ?? "", autocomplete: "name", maxlength: "64" });
  const said = h("p", { class: "bad", role: "alert" });
  const button = h("button", { class: "button primary", type: "submit" }, "Silence");
  const field = (label, input) => h("label", { class: "field" }, label, input);

  async function submit(event) {
    event.preventDefault();
    const { source, symbol } = series.value.includes(":") ? format.seriesParts(series.value) : { source: "", symbol: series.value };
    const what = matchers({ alertname: rule.value, source, symbol });
    if (!what) {
      said.textContent = "Choose a rule or a series: a silence of everything is made by the alerter's own means.";
      return;
    }
    settings.set("alerts.by", by.value);
    button.disabled = true;
    try {
      await make({ matchers: what, until: now() + Number(hours.value) * 3_600_000, by: by.value || "the page" });
      box.close();
    } catch (error) {
      said.textContent = error.message;
    }
    button.disabled = false;
  }

  const box = dialog("Silence", h("form", { class: "stack", onsubmit: submit }, list,
    field("Rule", rule), field("Series, or a symbol on every source", series), h("div", { class: "two" }, field("For", hours), field("By", by)),
    h("p", { class: "muted" }, "A silence hides notifications, not alerts: the tables still show them."), said,
    h("div", { class: "dialog-end" }, h("button", { class: "button", type: "button", onclick: () => box.close() }, "Cancel"), button)));
}
