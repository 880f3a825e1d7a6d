// The search: series, views and rules by what is typed; arrows choose, Enter goes there, Esc closes.
import { get } from "../api.js";
import { h, icon, setAttribute } from "../dom.js";
import * as format from "../format.js";
import { nearest } from "../parts/nearest.js";
import { go, VIEWS } from "../router.js";

const MOST = 9;
const by = (id) => document.getElementById(id);

/** Starts the search over the live series, the views and the rules. */
export function startSearch(live) {
  const field = by("find"), list = by("found");
  let found = [], at = -1, rules = null, before = null;

  async function learnRules() {
    if (rules) return;
    rules = [];
    try {
      rules = (await get("api/rules")).rules ?? [];
      look();
    } catch {
      rules = null;  // without an alerter there are no rules to be found; the next time asks again
    }
  }

  function look() {
    const typed = field.value.trim();
    found = document.activeElement === field ? find(typed, [...live.state.series.keys()], rules ?? []) : [];
    at = found.length && typed && !found[0].note.startsWith("nearest") ? 0 : -1;
    draw(typed);
  }

  function draw(typed) {
    list.replaceChildren(...found.map((one, index) => h("div", {
      role: "option", id: `found-${index}`, "aria-selected": String(index === at),
      onpointerdown: (event) => { event.preventDefault(); take(one); },
    }, icon(one.icon), h("span", { class: "found-name" }, one.name), h("span", { class: "muted" }, one.note))));
    if (!found.length && typed) list.append(h("div", { class: "found-none muted", role: "option", "aria-disabled": "true", "aria-selected": "false" }, `Nothing like “${typed}”`));
    list.hidden = !list.firstChild;
    setAttribute(field, "aria-expanded", String(!list.hidden));
    setAttribute(field, "aria-activedescendant", at >= 0 ? `found-${at}` : null);
  }

  function take(one) {
    close();
    one.go();
  }

  function close() {
    field.value = "";
    found = [];
    draw("");
    field.blur();
  }

  field.addEventListener("focus", () => { learnRules(); look(); });
  field.addEventListener("input", look);
  field.addEventListener("blur", () => { found = []; draw(""); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length) at = (at + (event.key === "ArrowDown" ? 1 : found.length) - (at < 0 && event.key === "ArrowUp" ? 0 : event.key === "ArrowUp" ? 1 : 0)) % found.length;
      draw(field.value.trim());
      list.children[at]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      take(found[at]);
    } else if (event.key === "Escape") {
      close();
      before?.focus?.();
    }
  });

  return {
    /** Puts the cursor into the search; Esc gives it back. */
    open() {
      before = document.activeElement;
      field.focus();
      field.select();
    },
  };
}

function find(typed, series, rules) {
  const like = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (text) => like.every((word) => text.toLowerCase().includes(word));
  const views = VIEWS.map((view) => ({ name: view[0].toUpperCase() + view.slice(1), note: `view, ${VIEWS.indexOf(view) + 1}`, icon: view, go: () => go(view) })).filter((one) => matches(one.name));
  if (!like.length) return views;
  const markets = series.filter((name) => matches(name.replace(":", " "))).sort((a, b) => rank(a, like) - rank(b, like) || a.length - b.length);
  const named = rules.filter((rule) => matches(`${rule.name} ${format.words(rule.name)}`));
  const market = (name, note = "") => {
    const { source, symbol } = format.seriesParts(name);
    return { name: symbol, note: note + source, icon: "trend", go: () => go("trend", name) };
  };
  if (!markets.length && !views.length && !named.length) return nearest(typed, series).map((name) => market(name, "nearest, "));
  const all = [
    ...markets.slice(0, MOST - 3).map((name) => market(name)),
    ...views, ...named.map((rule) => ({ name: format.words(rule.name), note: "rule", icon: "alerts", go: () => go("alerts", "", { tab: "rules", rule: rule.name }) })),
  ].slice(0, MOST - 1);
  if (markets.length > 1) all.push({ name: `All ${markets.length} series like “${typed}”`, note: "in Overview", icon: "overview", go: () => go("overview", "", { q: like.join(" ") }) });
  return all;
}

// A symbol that begins with what was typed comes first.
function rank(series, like) {
  const symbol = series.slice(series.indexOf(":") + 1).toLowerCase();
  return symbol.startsWith(like[0]) ? 0 : symbol.includes(like[0]) ? 1 : 2;
}
