// The choice of a series at the head of a view: what is live, by its turnover, and the one the address names.
import { h, setAttribute } from "../dom.js";
import * as format from "../format.js";

/** The series a view begins with: the address', the one last chosen, else the one that is traded most. Empty where there is none. */
export function firstSeries({ route, settings, live }) {
  const named = route().series, last = settings.get("series");
  if (named) return named;
  if (last && (live.state.series.has(last) || !live.state.loaded)) return last;
  return byTurnover(live.state)[0] ?? "";
}

function byTurnover(state) {
  return [...state.series.values()].sort((a, b) => (b.turnover_24h ?? 0) - (a.turnover_24h ?? 0)).map((row) => row.series);
}

/** A list to choose from: {element, set(series), refresh()}; `run(series)` hears the choice, which later views begin with. */
export function seriesPick({ live, settings }, run) {
  const select = h("select", { "aria-label": "Series", onchange: () => { settings.set("series", select.value); run(select.value); } });
  let chosen = "", listed = "";
  const refresh = () => {
    const names = [...new Set([...live.state.series.keys(), ...(chosen ? [chosen] : [])])].sort();
    const now = names.join("\n");
    if (now === listed) return;
    listed = now;
    const groups = new Map();
    for (const name of names) {
      const { source, symbol } = format.seriesParts(name);
      if (!groups.has(source)) groups.set(source, h("optgroup", { label: source }));
      groups.get(source).append(h("option", { value: name }, `${symbol}  ${source}`));
    }
    select.replaceChildren(...groups.values());
    select.value = chosen;
  };
  const set = (series) => {
    chosen = series;
    refresh();
    select.value = series;
    setAttribute(select, "title", series);
  };
  return { element: h("span", { class: "series-pick" }, select), set, refresh };
}
