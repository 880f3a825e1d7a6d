// A card around a chart of Chart.js: its tools, the finding below it as text, and words where the library is missing.
import { h, setText } from "../dom.js";
import { panel } from "../parts/panel.js";
import { missingLibrary } from "./library.js";
import { PlainChart } from "./plain-chart.js";
import { plainTools } from "./plain-tools.js";

/** {element, card, show(build, finding, text), destroy()}; `about`, `columns` and `rows` as in plain-tools.js. */
export function plainCard({ title, note = "", span, className, about, columns, rows }) {
  const chart = new PlainChart({ className });
  const tools = plainTools(chart, { about, columns, rows });
  const card = panel({ title, note, span, tools: tools.elements });
  const facts = h("p", { class: "chart-facts" });
  async function show(build, finding, text = finding) {
    tools.close();
    if (!chart.element.isConnected) card.show(chart.element, facts);
    card.element.removeAttribute("data-state");
    setText(facts, text);
    facts.hidden = !text;
    if (!(await chart.show(build, `${title}. ${finding}`, text || finding))) card.show(missingLibrary("bars", () => show(build, finding, text)), facts);
  }
  return { element: card.element, card, show, destroy: () => chart.destroy() };
}
