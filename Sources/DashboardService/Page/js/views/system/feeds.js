// The feeds over four hours: a strip each, with what is missing on it.
import { get } from "../../api.js";
import { arrange, h, setAttribute, setText } from "../../dom.js";
import * as format from "../../format.js";
import { now } from "../../live.js";
import { panel } from "../../parts/panel.js";

const SPAN_MS = 4 * 3_600_000, HOUR_MS = 3_600_000;
/** A gap is drawn at least so wide, in percent of the strip. */
const LEAST_PERCENT = 0.4;

/** The card. Gives {element, draw(state), load(), hear(events)}. */
export function feeds() {
  const card = panel({ title: "Feeds, 4 hours", tools: [h("span", { class: "tag warn" }, "◧ gap"), h("span", { class: "tag bad" }, "■ silent")] });
  const list = h("ul", { class: "feed-strips" }), axis = h("div", { class: "feed-axis muted", "aria-hidden": "true" });
  const kept = new Map();
  let gaps = [], asked = false, isWhole = true, shape = "";

  function draw(state) {
    const next = state.feeds.length ? "list" : "empty";
    if (next !== shape) {
      if (state.feeds.length) card.show(list, axis);
      else if (state.loaded) card.empty({ title: "No feed yet", line: "A feed is here once its first record is.", icon: "system" });
      shape = next;
    }
    const to = now(), from = to - SPAN_MS;
    card.note(`${format.minute(from)} to ${format.minute(to)} ${format.zoneName()}${isWhole ? "" : ", the newest gap of each series only"}`);
    arrange(list, state.feeds.map((feed) => strip(feed, from, to, state)));
    const hours = [];
    for (let at = Math.ceil(from / HOUR_MS) * HOUR_MS; at <= to; at += HOUR_MS) hours.push(at);
    axis.replaceChildren(...hours.map((at) => h("span", { style: { left: `${(at - from) / SPAN_MS * 100}%` } }, format.minute(at))));
  }

  function gapsOf(feed, from, state) {
    const all = gaps.filter((gap) => gap.source === feed.source);
    for (const row of state.series.values()) if (row.gap && row.series.startsWith(`${feed.source}:`)) all.push({ ...row.gap, series: row.series });
    if (feed.gap) all.push(feed.gap);
    const merged = [];
    for (const gap of all.filter((one) => one.to > from).sort((a, b) => a.from - b.from)) {
      const last = merged.at(-1);
      if (last && gap.from <= last.to) last.to = Math.max(last.to, gap.to);
      else merged.push({ ...gap });
    }
    return merged;
  }

  function strip(feed, from, to, state) {
    if (!kept.has(feed.source)) kept.set(feed.source, h("li", {}, h("b", {}, feed.source), h("div", { class: "feed-bar", role: "img" })));
    const node = kept.get(feed.source), bar = node.lastChild, missing = gapsOf(feed, from, state);
    const parts = missing.map((gap) => [gap.from, gap.to, "gap", `${format.time(gap.from)} to ${format.time(gap.to)}, ${format.duration(gap.to - gap.from)}: ${gap.reason}`]);
    if (feed.state === "silent" && feed.newest) parts.push([feed.newest, to, "silent", `silent since ${format.time(feed.newest)}`]);
    const key = parts.map((part) => part.slice(0, 3).join()).join(";") + Math.floor(to / 15_000);
    if (bar.key === key) return node;
    bar.key = key;
    const lost = missing.reduce((sum, gap) => sum + Math.min(gap.to, to) - Math.max(gap.from, from), 0);
    setAttribute(bar, "aria-label", `${feed.source}: ${missing.length ? `${format.count(missing.length, "gap")}, ${format.duration(lost)} in all` : "whole"}${feed.state === "silent" ? ", silent now" : ""}`);
    bar.replaceChildren(...parts.map(([begin, end, kind, title]) => {
      const left = Math.max(0, (begin - from) / SPAN_MS * 100);
      return h("i", { class: kind, title, style: { left: `${left}%`, width: `${Math.max(LEAST_PERCENT, Math.min(100, (end - from) / SPAN_MS * 100) - left)}%` } });
    }));
    setText(node.firstChild, feed.source);
    return node;
  }

  return {
    element: card.element, draw,
    /** Asks the store for the gaps of four hours; a server that does not tell them leaves the newest of each series. */
    async load(state) {
      if (asked) return;
      asked = true;
      try {
        gaps = (await get("api/gaps", { from: Math.floor(now() - SPAN_MS), to: Math.floor(now()) })).gaps;
        isWhole = true;
      } catch {
        isWhole = false;
        asked = false;
      }
      draw(state);
    },
    /** Takes gaps as the stream says them. */
    hear(events) {
      for (const { name, data } of events) {
        if (name === "gap") gaps.push({ source: data.source, series: `${data.source}:${data.symbol}`, from: data.gap_from, to: data.gap_to, reason: data.reason });
      }
    },
  };
}
