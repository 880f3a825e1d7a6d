// On phones a card shows one tool; this button shows the rest.
import { setAttribute } from "../dom.js";
import { tool } from "../parts/panel.js";

/** A button that opens its card's other tools, and closes them; the style sheet shows it on phones only. */
export function moreTool(label = "More tools") {
  const button = tool("more", label, () => {
    const open = button.closest(".card").classList.toggle("is-open");
    setAttribute(button, "aria-expanded", String(open));
  });
  button.classList.add("only-phone");
  button.setAttribute("aria-expanded", "false");
  return button;
}
