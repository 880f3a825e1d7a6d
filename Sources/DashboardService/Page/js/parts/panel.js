// A card: a head with title, note and tools, and a body that is loading, shown, empty, failed or away.
import { h, icon, setAttribute, setText } from "../dom.js";
import { bones, empty, failed } from "./empty.js";

let ids = 0;

/**
 * A card. `tools` are elements for the right of its head; `span` its columns of twelve.
 * Gives {element, body, head, note(text), title(text), show(...nodes), loading(rows), empty({…}), fail(error, again)}.
 */
export function panel({ title, note = "", tools = [], span, className = "", padded = false }) {
  const id = `panel-${++ids}`;
  const heading = h("h2", { id }, title), remark = h("span", { class: "note" }, note);
  const head = h("div", { class: "card-head" }, heading, remark, h("div", { class: "card-tools" }, tools));
  const body = h("div", { class: `card-body${padded ? " padded" : ""}` });
  const element = h("section", { class: `card ${className}`, "aria-labelledby": id, style: span ? { gridColumn: `span ${span}` } : {} }, head, body);
  const state = (name) => setAttribute(element, "data-state", name);
  return {
    element, head, body, tools: head.lastChild,
    note: (text) => setText(remark, text),
    title: (text) => setText(heading, text),
    show(...nodes) { state(null); body.replaceChildren(...nodes); },
    loading(rows) { state("loading"); body.replaceChildren(bones(rows)); },
    empty(what) { state("empty"); body.replaceChildren(empty(what)); },
    /** An answer that did not come; what is shown already stays, dimmed, where `keep` says so. */
    fail(error, again, keep = false) {
      if (keep && body.firstChild) state("away");
      else { state("failed"); body.replaceChildren(failed(error, again)); }
    },
  };
}

/** A button of a card's head: an icon with its name. */
export function tool(name, label, run) {
  return h("button", { class: "tool", type: "button", "aria-label": label, title: label, onclick: run }, icon(name));
}

/** One of several: buttons side by side. `options` are [value, label]; `run(value)` hears the choice. Gives {element, set(value)}. */
export function choice(label, options, value, run) {
  const element = h("div", { class: "choice", role: "group", "aria-label": label });
  const buttons = new Map(options.map(([key, text]) => [key, h("button", { type: "button", onclick: () => { set(key); run(key); } }, text)]));
  const set = (chosen) => { for (const [key, button] of buttons) setAttribute(button, "aria-pressed", String(key === chosen)); };
  element.append(...buttons.values());
  set(value);
  return { element, set };
}
