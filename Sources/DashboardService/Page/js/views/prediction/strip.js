// The figures of a model over a span, and whether it beats every fitted rule.
import { bestRule, lead } from "../../calc/scores.js";
import { h, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";

/** Above these a feature is watched, or the model is to be trained anew. */
export const WATCH = 0.1, ACT = 0.25;

/** {element, pill, show(score, records, drift, open)}. */
export function strip() {
  const figures = {}, pill = h("span", { class: "pill", role: "status" });
  const element = h("dl", { class: "card strip" });
  for (const [key, label] of [["accuracy", "Accuracy"], ["lead", "Lead over best rule"], ["loss", "Log loss"], ["auc", "AUC"], ["count", "Decided"], ["drift", "Drift, worst feature"]]) {
    const figure = h("dd", { class: "figure" }), line = h("dd", { class: "line" });
    figures[key] = { figure, line };
    element.append(h("div", {}, h("dt", {}, label), figure, line));
  }
  const set = (key, figure, unit, line, className = "", title) => {
    const at = figures[key];
    setText(at.figure, figure);
    if (unit) at.figure.append(h("small", {}, unit));
    setClass(at.figure, `figure ${className}`);
    setText(at.line, line);
    setAttribute(at.line, "title", title);
  };

  function show(score, records, drift, open) {
    if (!score) {
      for (const key of Object.keys(figures)) set(key, format.NONE, "", "");
      set("count", "0", "", `${format.number(open)} open`);
      setClass(pill, "pill waiting");
      return setText(pill, "nothing decided yet");
    }
    const rule = bestRule(score), over = rule && lead(records, rule), best = rule && score.rules[rule];
    set("accuracy", format.number(score.accuracy * 100, 1), "%", best ? `best rule ${format.share(best.accuracy)}, ${rule}` : `n = ${format.number(score.count)}`);
    const interval = over?.low === undefined ? "too few to say how sure" : `95 %: ${format.signed(over.low, 1)} to ${format.signed(over.high, 1)}, by ${over.by}`;
    set("lead", over ? format.signed(over.points, 1) : format.NONE, "points", over ? interval : "no rule to compare", over?.low > 0 ? "ok" : "", over && `${over.blocks} ${over.by}, n = ${format.number(over.count)}`);
    const lossRule = bestRule(score, "log_loss");
    set("loss", format.number(score.log_loss, 4), "", lossRule ? `best rule ${format.number(score.rules[lossRule].log_loss, 4)}` : "nats");
    set("auc", format.number(score.auc, 3), "", `balanced accuracy ${format.share(score.balanced_accuracy)}`);
    set("count", format.number(score.count), "", `${format.number(open)} open, base rate ${format.share(score.base_rate)}`);
    showDrift(drift);
    showVerdict(score, over);
  }

  function showDrift(drift) {
    const worst = drift?.worst;
    set("drift", worst ? format.number(worst.psi, 2) : format.NONE, worst ? "PSI" : "", worst ? `${worst.feature}; watch above ${WATCH}` : drift?.why ?? "", worst?.psi > ACT ? "bad" : "", worst && `of ${format.number(drift.count)} predictions in the last 6 h`);
  }

  // The claim is made when the whole interval of the lead is above 0, over every rule.
  function showVerdict(score, over) {
    if (!over) return void (setClass(pill, "pill waiting"), setText(pill, "no rule to compare with"));
    const beats = Object.values(score.rules).every((rule) => score.accuracy > rule.accuracy), isSure = beats && over.low > 0;
    setClass(pill, `pill ${isSure ? "ok" : "warn"}`);
    setText(pill, isSure ? "beats every fitted rule" : beats ? "ahead of the rules, not surely" : "not better than a rule");
    setAttribute(pill, "title", `accuracy, n = ${format.number(score.count)}`);
  }
  return { element, pill, show };
}
