// Six figures over the markets, each with a line that says what is wrong or that nothing is.
import { h, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";
import { now } from "../../live.js";
import { isStale } from "./columns.js";

const HOUR_MS = 3_600_000;

const LABELS = ["Series live", "Ticks", "Exchange to screen", "Feeds", "Lead over best rule", "Alerts firing"];

/** The strip. Gives {element, draw(state)}. */
export function strip() {
  const cells = LABELS.map((label) => {
    const value = h("span"), unit = h("small"), line = h("dd", { class: "line" });
    return { value, unit, line, figure: h("dd", { class: "figure" }, value, unit), label };
  });
  const element = h("dl", { class: "card strip", "aria-label": "Now" }, cells.map((cell) => h("div", {}, h("dt", {}, cell.label), cell.figure, cell.line)));
  function say(at, value, unit, line = "", tone = "", figureTone = "") {
    const cell = cells[at];
    setText(cell.value, value);
    setText(cell.unit, unit);
    setText(cell.line, line);
    setClass(cell.line, `line ${tone}`);
    setClass(cell.figure, `figure ${figureTone}`);
  }
  return {
    element,
    draw(state) {
      series(state, say);
      const rate = state.rate;
      say(1, rate ? format.number(rate.ticks_per_s, rate.ticks_per_s < 10 ? 1 : 0) : format.NONE, "/s", rate?.peak_at ? `peak ${format.number(rate.peak)} at ${format.minute(rate.peak_at)}` : "");
      const latency = state.latency;
      say(2, latency ? format.number(latency.p50_ms) : format.NONE, "ms p50", latency ? `p99 ${format.number(latency.p99_ms)} ms` : "no trade in the last minute");
      feeds(state, say);
      model(state, say);
      alerts(state, say);
    },
  };
}

function series(state, say) {
  const rows = [...state.series.values()], stale = rows.filter(isStale).length;
  const silent = rows.filter((row) => row.ingest_time === undefined).length;
  const line = [stale && `${stale} stale`, silent && `${silent} without a trade`].filter(Boolean).join(", ");
  say(0, format.number(rows.length - stale - silent), `of ${format.number(rows.length)}`, line || "none is stale", stale ? "bad" : "");
}

function feeds(state, say) {
  const broken = state.feeds.filter((feed) => feed.state !== "live");
  const words = { gap: "has a gap", silent: "is silent" };
  const ended = state.feeds.find((feed) => feed.gap?.to > now() - HOUR_MS);
  const whole = ended ? `${ended.source} had a gap at ${format.minute(ended.gap.from)}` : "no gap in the last hour";
  const line = broken.length === 0 ? whole : `${broken[0].source} ${words[broken[0].state] ?? broken[0].state}${broken.length > 1 ? `, ${broken.length - 1} more` : ""}`;
  say(3, format.number(state.feeds.length - broken.length), `of ${format.number(state.feeds.length)} whole`, line, broken.length ? "warn" : "");
}

function model(state, say) {
  const scores = [...state.series.values()].map((row) => row.score).filter((score) => score && typeof score.lead === "number" && score.count > 0);
  if (scores.length === 0) return say(4, format.NONE, "points", "no score yet");
  const n = scores.reduce((sum, score) => sum + score.count, 0);
  const lead = scores.reduce((sum, score) => sum + score.lead * score.count, 0) / n;
  const [{ model, version }] = scores;
  say(4, format.signed(lead, 1), "points", `${model} v${version}, n = ${format.number(n)}`, "", lead > 0 ? "ok" : "");
}

function alerts(state, say) {
  const by = new Map();
  for (const alert of state.alerts) by.set(alert.severity ?? "none", (by.get(alert.severity ?? "none") ?? 0) + 1);
  const order = ["critical", "warning", "info", "none"];
  const said = [...by].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)).map(([severity, n]) => `${n} ${severity === "none" ? "without severity" : severity}`);
  say(5, format.number(state.alerts.length), "", said.join(", ") || "nothing fires", by.has("critical") ? "bad" : by.has("warning") ? "warn" : "");
}
