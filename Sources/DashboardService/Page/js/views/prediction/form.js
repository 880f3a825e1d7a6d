// What the model says next, and a form that asks it: one field a feature, filled with what is known.
import { h, icon, setText } from "../../dom.js";
import * as format from "../../format.js";
import { panel } from "../../parts/panel.js";

const SIDES = { is_buy: [["1", "bought"], ["0", "sold"]], side: [["1", "bought"], ["-1", "sold"]] };

/** The card: {element, show(data, model, row, score)}. The form is made anew only for another model. */
export function nextCard({ api }) {
  const card = panel({ title: "Next minute", span: 4 });
  const said = h("div", { class: "next-said" }), form = h("form", { class: "next-form", novalidate: true }), answer = h("p", { class: "next-answer", role: "status" });
  let made = "", model = null;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button"), body = {};
    for (const field of form.querySelectorAll("[name]")) {
      const value = Number(field.value.replaceAll(",", "").replace("−", "-").trim());
      if (field.value.trim() === "" || !Number.isFinite(value)) {
        setText(answer, `${field.name} wants a number.`);
        answer.className = "next-answer bad";
        return field.focus();
      }
      body[field.name] = value;
    }
    button.style.width = `${button.offsetWidth}px`;
    button.textContent = "Asking";
    button.disabled = true;
    const began = performance.now();
    try {
      const told = await api.post(`api/predict?model=${encodeURIComponent(model.name)}`, body), took = performance.now() - began;
      const up = told.prediction === 1;
      answer.className = "next-answer";
      answer.replaceChildren("Answer: ", h("span", { class: up ? "up strong" : "down strong" }, up ? "▲ higher" : "▼ lower"), `, ${format.number(told.probability, 3)}, ${told.model} v${told.version}, in ${format.number(took, took < 10 ? 1 : 0)} ms`);
    } catch (error) {
      setText(answer, error.message);
      answer.className = "next-answer bad";
    } finally {
      button.textContent = "Ask the model";
      button.disabled = false;
    }
  });

  function show(data, chosen, row) {
    showSaid(row, data.models.find((one) => one.name === row?.prediction?.model));
    if (!said.isConnected) card.show(said, form, answer);
    const key = chosen ? `${chosen.name}:${chosen.version} ${data.series}` : "";
    if (key === made) return;
    made = key;
    model = chosen;
    answer.textContent = "";
    form.replaceChildren(...(chosen ? fields(chosen, row) : [h("p", { class: "muted" }, data.problems.models ? `The model cannot be asked: ${data.problems.models.message}` : "No served model to ask.")]));
  }

  function showSaid(row, sayer) {
    const told = row?.prediction;
    card.note(told ? `as of ${format.time(told.event_time)}` : "");
    if (!told) return said.replaceChildren(h("p", { class: "muted" }, "No prediction of this series so far."));
    const up = told.prediction === 1, sure = up ? told.probability : 1 - told.probability;
    const close = row.final?.close ?? row.price, until = told.horizon_ms ? `by ${format.minute(told.event_time + told.horizon_ms)}` : "at the next tick";
    said.replaceChildren(
      h("p", { class: `next-figure ${up ? "up" : "down"}` }, `${up ? "▲" : "▼"} ${format.share(sure, 0)}`),
      h("div", {}, h("p", { class: "strong" }, `${up ? "higher" : "lower"} than ${format.price(close, row.decimals)}`), h("p", { class: "muted" }, `${until}, ${told.model} v${told.version}${told.expired ? ", expired" : ""}`)),
      h("p", { class: "next-hint" }, icon("info"), sayer?.metrics?.caution ?? "This is a forecast, not a profit."));
  }
  return { element: card.element, show };
}

function fields(model, row) {
  const meanings = new Map((model.metrics?.features ?? []).map((feature) => [feature.name, feature]));
  const list = model.features.map((name) => {
    const about = meanings.get(name), options = SIDES[name];
    const label = { price: "Price", quantity: "Quantity", is_buy: "Taker" }[name] ?? name;
    const input = options
      ? h("select", { name }, options.map(([value, text]) => h("option", { value }, text)))
      : h("input", { name, inputmode: "decimal", autocomplete: "off", value: startOf(name, about, row) });
    return h("label", { class: "field", title: about?.meaning }, label, input);
  });
  const isLong = list.length > 4;
  return [h("div", { class: `next-fields${isLong ? " many" : ""}` }, list), h("button", { class: "button primary", type: "submit" }, "Ask the model")];
}

// What is known of the series now, else the training's mean.
function startOf(name, about, row) {
  if (name === "price" && row?.price) return format.price(row.price, row.decimals).replaceAll(",", "");
  if (name === "hour") return String(new Date().getUTCHours());
  if (name === "count" && row?.final) return String(row.final.count);
  return about?.mean === null || about?.mean === undefined ? "0" : String(Number(about.mean.toPrecision(4)));
}
