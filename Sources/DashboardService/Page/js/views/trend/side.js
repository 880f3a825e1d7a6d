// The cards beside the Trend chart: the last six minutes, the next one, the last final one, and what is missing.
import { emptyRuns } from "../../calc/gaps.js";
import { h, setText, svg } from "../../dom.js";
import * as format from "../../format.js";
import { panel } from "../../parts/panel.js";

/** The column: {element, show(row, data, decimals)}. Cards are written anew only where what they say is another. */
export function sideCards() {
  const six = panel({ title: "Trend, 6 minutes" }), next = panel({ title: "Next minute" });
  const final = panel({ title: "Last final minute" }), missing = panel({ title: "What is missing" });
  const tags = { six: h("span", { class: "tag" }), next: h("span", { class: "tag" }) };
  six.tools.append(tags.six);
  next.tools.append(tags.next);
  const drawn = new Map();
  const once = (key, what, draw) => {
    const now = JSON.stringify(what);
    if (drawn.get(key) === now) return;
    drawn.set(key, now);
    draw();
  };

  function show(row, data, decimals, isNone = false) {
    const zone = format.zoneName(Date.now());
    once("six", [row?.trend, decimals, zone, data?.series], () => showTrend(six, tags.six, row?.trend, decimals, data?.series));
    once("next", [row?.prediction, row?.score, zone], () => showNext(next, tags.next, row));
    once("final", [row?.final, row?.indicators, decimals, zone], () => showFinal(final, row, decimals));
    once("missing", [isNone, data?.gaps, data?.live.candles.length, data?.step, data?.series, zone], () => showMissing(missing, data, isNone));
  }
  return { element: h("div", { class: "stack trend-side" }, six.element, next.element, final.element, missing.element), show };
}

const pairs = (...rows) => h("dl", { class: "pairs" }, rows.filter(Boolean).map(([label, value, className]) => h("div", {}, h("dt", {}, label), h("dd", { class: className ?? null }, value))));

function sayTag(tag, text, className) {
  tag.hidden = !text;
  setText(tag, text);
  tag.className = `tag ${className}`;
}

function showTrend(card, tag, trend, decimals, series) {
  if (!trend) {
    sayTag(tag, "", "");
    return card.empty({ title: "No trend yet", line: "It wants two final minutes among the last six.", icon: "trend" });
  }
  const { direction } = trend;
  sayTag(tag, direction ? `${{ up: "▲", down: "▼", flat: "◆" }[direction]} ${direction}` : "", direction === "flat" ? "" : direction ?? "");
  const { quote } = format.seriesParts(series ?? ":-");
  card.show(averages(trend, decimals), pairs(
    ["Change", format.percent(trend.change_pct), format.direction(trend.change_pct)],
    ["Slope a minute", trend.slope_per_minute === null ? format.NONE : `${format.signed(trend.slope_per_minute, Math.min(12, decimals + 1))} ${quote}`],
    ["As of", h("span", { title: format.full(trend.as_of) }, `${format.time(trend.as_of)}, final`)],
  ), h("p", { class: "chart-facts" }, "Last minute's average against the first's; the slope by least squares. Flat below 0.01 %."));
}

// Six bars from the lowest to the highest of them; where they end says nothing of zero, so the foot is cut and the figures stand in the title.
function averages(trend, decimals) {
  const known = trend.averages.filter((one) => one !== null), low = Math.min(...known), span = Math.max(...known) - low || 1;
  const bars = trend.averages.map((one, index) => {
    const height = one === null ? 2 : 6 + (34 * (one - low)) / span;
    return svg("rect", { x: index * 40, y: 42 - height, width: 35, height, rx: 2, class: one === null ? "none" : index === trend.averages.length - 1 ? "last" : "bar" });
  });
  const text = trend.averages.map((one) => format.price(one, decimals)).join(", ");
  return h("div", { class: "six", title: text }, svg("svg", { viewBox: "0 0 235 42", role: "img", "aria-label": `Averages of six minutes, oldest first: ${text}` }, ...bars));
}

function showNext(card, tag, row) {
  const said = row?.prediction, score = row?.score;
  card.note(said ? `${said.model} v${said.version}` : "");
  if (!said) {
    sayTag(tag, "", "");
    return card.empty({ title: "No model yet", line: "Train one from what the store holds; it is used as soon as it is there.", icon: "prediction" });
  }
  const up = said.prediction === 1;
  sayTag(tag, up ? "▲ higher" : "▼ lower", up ? "up" : "down");
  card.show(pairs(
    ["Probability", format.share(up ? said.probability : 1 - said.probability, 0)],
    score && [`Right, n = ${format.number(score.count)}`, format.share(score.accuracy)],
    score?.best_rule && [`Best rule (${score.best_rule})`, format.share(score.best_accuracy)],
    score?.lead !== undefined && ["Lead", `${format.signed(score.lead, 1)} points`, score.lead > 0 ? "ok" : ""],
    ["Said for", `the time after ${format.time(said.event_time)}`],
  ));
}

function showFinal(card, row, decimals) {
  const final = row?.final, indicators = row?.indicators;
  card.note(final ? format.minute(final.window_start) : "");
  if (!final) return card.empty({ title: "The first candle is on its way", line: "A minute is final when it is over and its late trades are in.", icon: "trend" });
  card.show(pairs(
    [row?.kind === "quote" ? "Quotes" : "Trades", format.number(final.count)],
    ["Close", format.price(final.close, decimals)],
    ["VWAP", format.price(final.vwap, decimals)],
    ["Buy / sell", `${format.thin(final.buy_volume)} / ${format.thin(final.sell_volume)}`],
    ["RSI 14", format.number(indicators?.rsi_14, 1)],
    ["ATR 14", format.price(indicators?.atr_14, decimals)],
    final.incomplete && ["Incomplete", "a gap overlaps it", "warn"],
  ));
}

function showMissing(card, data, isNone) {
  if (!data) return isNone ? card.show(h("p", { class: "chart-facts padded" }, "Nothing to look at yet.")) : card.loading(2);
  const { candles } = data.live, first = candles[0]?.start ?? 0;
  const gaps = data.gaps.filter((gap) => gap.to > first), empty = emptyRuns(candles, gaps, data.step);
  const lines = [
    ...gaps.map((gap) => ({ ...gap, tag: "gap", line: `${gap.reason || "reason not known"}; ${format.count(candles.filter((candle) => candle.incomplete && candle.start < gap.to && candle.start + data.step > gap.from).length, "candle")} incomplete` })),
    ...empty.map((run) => ({ ...run, tag: "empty", line: `nobody traded: ${run.count === 1 ? "no candle" : `no candles, ${run.count}`}` })),
  ].sort((a, b) => b.from - a.from);
  card.note(lines.length ? `${format.count(gaps.length, "gap")}, ${empty.length} empty` : "");
  if (!lines.length) return card.show(h("p", { class: "chart-facts padded" }, candles.length ? `Nothing since ${format.clock(first)}: every candle is there and whole.` : "Nothing to look at yet."));
  const rest = lines.length - 5;
  card.show(h("ul", { class: "missing-list" }, lines.slice(0, 5).map((line) => h("li", {},
    h("span", { class: `tag ${line.tag === "gap" ? "warn" : ""}` }, line.tag),
    h("div", {}, h("p", { class: "strong", title: `${format.full(line.from)} to ${format.full(line.to)}` }, `${format.clock(line.from)} to ${format.minute(line.to)}, ${format.duration(line.to - line.from)}`), h("p", { class: "muted" }, line.line))))),
    ...(rest > 0 ? [h("p", { class: "chart-facts" }, `and ${rest} earlier ones: they are in the table of the chart`)] : []));
}
