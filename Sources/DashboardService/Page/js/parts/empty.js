// What a panel says when it has nothing to show: empty, failed, away, loading.
import { h, icon } from "../dom.js";
import * as format from "../format.js";

/** A title, a line, and what to do. `action` is {label, run} or nothing. */
export function empty({ title, line, icon: name = "info", action }) {
  return h("div", { class: "empty" }, icon(name), h("h3", {}, title), line && h("p", {}, line),
    action && h("button", { class: "button", type: "button", onclick: action.run }, action.label));
}

/** Why there is no answer, in the server's words, and a button that tries again. */
export function failed(error, again) {
  if (error.away === "store") return empty({ title: `The store is away${since(error)}`, line: "Live prices go on. This comes back with it.", icon: "database", action: tryAgain(again) });
  if (error.away === "kafka") return empty({ title: `Kafka does not answer${since(error)}`, line: "History and the database still work.", icon: "off", action: tryAgain(again) });
  return empty({ title: "This did not work", line: error.message, icon: "warning", action: tryAgain(again) });
}

function since(error) {
  return error.since ? ` since ${format.clock(error.since)}` : "";
}

function tryAgain(run) {
  return run && { label: "Try again", run };
}

/** Grey bars in the shape of what comes; the style sheet shows them after 150 ms only. */
export function bones(rows = 5) {
  return h("div", { class: "bones", role: "status", "aria-label": "Loading" }, Array.from({ length: rows }, () => h("i")));
}

/** An action that copies `command` and says so. */
export function copyAction(command, label = "Copy the command") {
  return { label, run: (event) => copy(command, event.currentTarget) };
}

/** Copies `text` to the clipboard; the button says whether it went. */
export async function copy(text, button) {
  const label = button.textContent;
  let said = "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = text;  // no clipboard without https: then the text itself is there to be taken
  }
  button.textContent = said;
  if (said === "Copied") setTimeout(() => { button.textContent = label; }, 1_500);
}
