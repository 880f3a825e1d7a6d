// The alert or rule that is chosen: its expression over its chart, its figures, a silence for an hour.
import { get } from "../../api.js";
import { h } from "../../dom.js";
import * as format from "../../format.js";
import * as live from "../../live.js";
import { linePanel } from "../../parts/line-panel.js";
import { panel } from "../../parts/panel.js";
import { href } from "../../router.js";
import { drawing, durationMs, matchers } from "./expression.js";
import { severityOf } from "./book.js";

const SPAN_MS = 2 * 3_600_000, HOUR_MS = 3_600_000;
const TIME = { windows: "window_start", indicators: "as_of", trends: "as_of", scores: "as_of" };
const TOKENS = ["s1", "s2", "s3"];

/** The panel. `silence(labels, ms)` makes one. Gives {element, show(alert or null, rule or null), restyle(), destroy()}. */
export function detail(silence) {
  const button = h("button", { class: "button small", type: "button" }, "Silence 1 h");
  const card = panel({ title: "Rule", tools: [button], className: "detail" });
  let chart = null, shownKey = "", turn = 0;
  button.hidden = true;

  async function draw(box, alert, rule) {
    const mine = ++turn;
    const series = `${alert.source}:${alert.symbol}`, { lines, threshold } = drawing(rule?.expr ?? "");
    const to = live.now() + 60_000, from = to - SPAN_MS;
    try {
      const answers = await Promise.all(lines.map(({ table, field }) => get(`api/rows/${table}`, {
        series, from, to, columns: `${TIME[table]},${field}`, order: "oldest", limit: 1_000,
        match: table === "windows" ? ["type:tumbling", "final:true"] : undefined,
      })));
      if (mine !== turn) return;
      const drawn = lines.map(({ field }, at) => ({
        name: field.replaceAll("_", " "), token: TOKENS[at], dash: at, points: withHoles(answers[at].rows),
      }));
      if (!drawn.some((line) => line.points.length)) return box.replaceChildren(h("p", { class: "muted padded" }, "The store has no minute of this series in the last two hours."));
      const shown = Math.max(...drawn.flatMap((line) => line.points.map((point) => Math.abs(point.value ?? 0))));
      const made = await linePanel(card, box, {
        title: `${format.words(alert.rule)}, ${alert.symbol} ${alert.source}`, name: `${alert.rule} ${alert.symbol}`, label: `${alert.symbol}: ${drawn.map((line) => line.name).join(", ")}`,
        decimals: decimals(alert, lines, shown), lines: () => drawn, threshold, height: 190, step: 60_000,
      });
      if (mine !== turn) return made?.destroy();
      chart = made;
    } catch (error) {
      if (mine === turn) box.replaceChildren(h("p", { class: "muted padded" }, error.away === "store" ? "The store is away: the chart comes back with it." : error.message));
    }
  }

  function show(alert, rule, again = false) {
    const key = `${alert?.fingerprint ?? ""} ${alert?.state ?? ""} ${rule?.expr ?? ""} ${alert?.value}`;
    if (key === shownKey && !again) return;
    shownKey = key;
    turn += 1;
    chart?.destroy();
    chart = null;
    button.hidden = !alert;
    if (!alert && !rule) {
      card.title("Rule");
      card.note("");
      return card.empty({ title: "No alert is chosen", line: "Choose one to see its rule beside its chart.", icon: "alerts" });
    }
    card.title(format.words(alert?.rule ?? rule.name ?? rule.alert));
    card.note(alert ? `${alert.symbol} ${alert.source}` : rule.group ?? "");
    button.onclick = () => silence({ alertname: alert.rule, source: alert.source, symbol: alert.symbol }, HOUR_MS, button);
    const box = h("div", { class: "detail-chart" });
    card.show(rule ? expression(rule) : null, alert ? box : null, pairs(alert, rule));
    if (alert) draw(box, alert, rule);
  }

  return { element: card.element, show, restyle: () => chart?.restyle(), destroy() { turn += 1; chart?.destroy(); } };
}

// A minute that is not there is a hole in the line.
function withHoles(rows) {
  const points = [];
  for (const [time, value] of rows) {
    const last = points.at(-1);
    if (last && time - last.time > 90_000) points.push({ time: last.time + 60_000, value: null });
    if (!last || time > last.time) points.push({ time, value: typeof value === "number" ? value : null });
  }
  return points;
}

function decimals(alert, lines, size) {
  const row = live.state.series.get(`${alert.source}:${alert.symbol}`);
  const isPrice = lines.some(({ field }) => /^(open|high|low|close|vwap|average_price|sma|ema|bollinger)/.test(field));
  return isPrice ? row?.decimals ?? format.decimalsOf(size) : size >= 1_000 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : format.decimalsOf(size);
}

function expression(rule) {
  const term = (word, value) => durationMs(value) > 0 ? `   ${word} ${format.duration(durationMs(value))}` : "";
  return h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": "Expression" }, `${rule.expr}${term("for", rule.for)}${term("keep", rule.keep_firing_for)}`);
}

function pairs(alert, rule) {
  const list = [];
  const add = (name, value) => value !== undefined && value !== null && value !== "" && list.push(h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  if (alert) {
    add("Value", format.plain(alert.value));
    add("Since", h("time", { title: format.full(alert.since) }, `${format.clock(alert.since, live.now())}, ${format.duration(live.now() - alert.since)}`));
    add("Says", alert.summary);
    add("Severity", severityOf(alert));
    for (const [name, text] of Object.entries(alert.annotations ?? {})) add(format.words(name), text);
    add("Labels", Object.entries(alert.labels ?? {}).map(([name, text]) => `${name}=${text}`).join(", "));
    add("Fingerprint", h("code", {}, alert.fingerprint));
    add("Chart", h("a", { href: href("trend", `${alert.source}:${alert.symbol}`) }, "Open in Trend"));
  } else {
    add("Severity", rule.severity ?? rule.labels?.severity);
    add("Says", rule.summary ?? rule.annotations?.summary);
    add("Silenced by", h("code", {}, matchers({ alertname: rule.name ?? rule.alert })));
  }
  return h("dl", { class: "pairs" }, list);
}
