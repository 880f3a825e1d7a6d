// The model's card as the trainer wrote it: its verdict, what it was held against, and what it was made from.
import { h } from "../../dom.js";
import * as format from "../../format.js";
import { copyAction } from "../../parts/empty.js";
import { panel } from "../../parts/panel.js";

const KINDS = { model: "model", baseline: "baseline", "fitted rule": "fitted rule", majority: "majority" };

/** The card: {element, show(data, key, model)}. */
export function modelCard() {
  const card = panel({ title: "Model card", span: 6 });
  function show(data, key, model) {
    card.note("");
    if (data.problems.models) return card.fail(data.problems.models);
    if (data.noModel) {
      return card.empty({ title: "No model yet", line: data.noModel.problem ?? "Train one from what the store holds; it is used as soon as it is there.", icon: "prediction", action: data.noModel.train && copyAction(data.noModel.train) });
    }
    if (!model) return card.empty({ title: "Its card is not served", line: `inference serves ${data.models.map((one) => `${one.name} v${one.version}`).join(", ") || "no model"}; ${key.replace(":", " v")} is another version. Its card.json lies in its folder.`, icon: "prediction" });
    const { metrics } = model;
    card.note(`${model.name} v${model.version}, ${model.hash}${metrics?.created ? `, trained ${metrics.created.slice(0, 16).replace("T", " ")} UTC` : ""}`);
    if (!metrics) return card.show(facts(model));
    card.show(...[verdict(metrics), model.problem && h("p", { class: "chart-facts warn" }, model.problem), table(metrics.evaluation), facts(model), metrics.caution && h("p", { class: "chart-facts" }, metrics.caution)].filter(Boolean));
  }
  return { element: card.element, show };
}

function verdict(metrics) {
  const beats = metrics.beats_rules, text = metrics.verdict ?? "It was not judged.";
  const better = metrics.better_baselines?.length ? ` Better than the forest by log loss: ${metrics.better_baselines.join(", ")}.` : "";
  return h("p", { class: "verdict" }, h("span", { class: `tag ${beats === true ? "ok" : beats === false ? "warn" : ""}` }, beats === true ? "beats the rules" : beats === false ? "does not beat the rules" : "nobody can say"), ` ${text}${better}`);
}

function table(evaluation) {
  const rows = evaluation?.forecasters?.filter((one) => KINDS[one.kind]) ?? [];
  if (!rows.length) return null;
  const value = (one, name, text) => h("td", { class: "number", title: one[name]?.by_hours ? `95 % by hours: ${one[name].by_hours.map((end) => format.number(end, 4)).join(" to ")}` : null }, one[name]?.value === undefined || one[name] === null ? format.NONE : text(one[name].value));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What the model was held against" }, h("table", { class: "tb" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, `Rule or model, n = ${format.number(evaluation.test_rows)}`), ...["AUC", "Log loss", "Balanced acc."].map((name) => h("th", { scope: "col", class: "number" }, name)))),
    h("tbody", {}, rows.map((one) => h("tr", { class: one.kind === "model" ? "chosen" : null },
      h("th", { scope: "row", class: one.kind === "model" ? "strong" : null }, one.name, h("span", { class: "muted" }, one.kind === "fitted rule" ? ", fitted" : one.kind === "baseline" ? ", baseline" : "")),
      value(one, "auc", (number) => format.number(number, 3)), value(one, "log_loss", (number) => format.number(number, 4)), value(one, "balanced_accuracy", (number) => format.share(number)))))));
}

function facts(model) {
  const { training, metrics } = model, range = training?.from ? `${format.dateTime(training.from)} to ${format.dateTime(training.until)} ${format.zoneName(training.until)}` : null;
  return h("dl", { class: "pairs" }, [
    ["Says", model.target ?? format.NONE], ["Learned from", [metrics?.training?.rows && `${format.number(metrics.training.rows)} rows`, training?.series?.join(", ")].filter(Boolean).join(" of ")],
    range && ["Range", range], ["Forest", `${format.number(model.trees)} trees, ${format.number(model.leaves)} leaves`],
  ].filter(Boolean).map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))));
}
