// Records that could not be read: which, why, and what they held.
import { get } from "../../api.js";
import { h, setText } from "../../dom.js";
import * as format from "../../format.js";
import { now } from "../../live.js";
import { copy } from "../../parts/empty.js";
import { panel } from "../../parts/panel.js";
import { table } from "../../parts/table.js";
import { href } from "../../router.js";

const MOST = 50;

/** The list and the payload beside it. Gives {list, payload, load(), hear(events), redraw()}. */
export function deadLetters() {
  const card = panel({ title: "Dead letters", tools: [h("a", { href: href("database", "", { table: "dead_letters" }) }, "All in Database")] });
  const copyButton = h("button", { class: "button small", type: "button" }, "Copy");
  const payload = panel({ title: "Payload", tools: [copyButton] });
  let letters = null, chosen = null;
  const keyOf = (letter) => `${letter.topic} ${letter.partition} ${letter.offset} ${letter.service}`;
  const text = (key, title, value, more = {}) => ({ key, title, draw: (cell, row) => setText(cell, value(row)), ...more });
  const made = table({
    label: "Dead letters", rowKey: keyOf, onRow: choose, rowClass: (row) => chosen && keyOf(row) === keyOf(chosen) ? "chosen" : "",
    columns: [
      text("when", "When", (row) => format.clock(row.time, now())),
      text("topic", "Topic", (row) => row.topic),
      text("partition", "Part.", (row) => String(row.partition), { number: true }), text("offset", "Offset", (row) => format.number(Number(row.offset)), { number: true }),
      {
        key: "error", title: "Reason", head: true,
        make: (cell, row) => cell.append(h("button", { class: "row-button", type: "button", onclick: () => choose(row) })),
        draw: (cell, row) => setText(cell.firstChild, row.error || "no reason was given"),
      },
      text("service", "Service", (row) => row.service),
    ],
  });

  function choose(letter) {
    chosen = letter;
    made.redraw(["error"]);
    const held = letter.payload ?? letter.value;
    copyButton.hidden = held === undefined || held === null;
    payload.note(`${letter.topic} ${letter.partition} @ ${format.number(Number(letter.offset))}${held ? `, ${format.count(new Blob([asText(held)]).size, "byte")}` : ""}`);
    if (copyButton.hidden) return payload.empty({ title: "No payload here", line: "It came by the stream, which tells the reason only; the store has it in a moment.", icon: "info", action: { label: "Look again", run: load } });
    copyButton.onclick = () => copy(asText(held), copyButton);
    payload.show(h("pre", { class: "code payload", tabindex: "0", role: "region", "aria-label": "Payload, text" }, asText(held)));
  }

  function draw() {
    if (!letters) return;
    card.note(letters.length ? `the newest ${letters.length}` : "");
    if (!letters.length) {
      card.empty({ title: "No dead letter", line: "Every record could be read.", icon: "check" });
      payload.element.hidden = true;
      return;
    }
    payload.element.hidden = false;
    if (card.element.dataset.state) card.show(h("div", { class: "scroll letters", tabindex: "0", role: "region", "aria-label": "Dead letters, table" }, made.element));
    made.set(letters);
    choose(letters.find((letter) => chosen && keyOf(letter) === keyOf(chosen)) ?? letters[0]);
  }

  async function load() {
    if (!letters) card.loading(4);
    try {
      const said = await get("api/rows/dead_letters", { limit: MOST, order: "newest" });
      letters = said.rows.map((row) => Object.fromEntries(said.columns.map((name, at) => [name, row[at]])));
      draw();
    } catch (error) {
      card.fail(error, load, letters !== null);
      if (!letters) payload.element.hidden = true;
    }
  }

  return {
    list: card.element, payload: payload.element, load, redraw: draw,
    hear(events) {
      for (const { name, data } of events) {
        if (name === "dead_letter" && letters && !letters.some((letter) => keyOf(letter) === keyOf(data))) letters = [data, ...letters].slice(0, MOST);
      }
      if (events.some(({ name }) => name === "dead_letter")) draw();
    },
  };
}

// JSON is laid out; anything else stays as it came.
function asText(held) {
  if (typeof held !== "string") return JSON.stringify(held, null, 1);
  try {
    return JSON.stringify(JSON.parse(held), null, 1);
  } catch {
    return held;
  }
}
