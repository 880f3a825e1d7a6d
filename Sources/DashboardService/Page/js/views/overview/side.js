// Beside the markets: what fires, how the feeds are, how long a trade takes from the exchange to here.
import { arrange, h, icon, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";
import { now } from "../../live.js";
import { linePanel } from "../../parts/line-panel.js";
import { panel } from "../../parts/panel.js";
import { href } from "../../router.js";

const MOST_ALERTS = 3;
/** Icon and colour of a severity. */
export const SEVERITY = { critical: ["warning", "bad"], warning: ["warning", "warn"], info: ["info", "accent"] };
const FEED = { live: ["ok", "live"], gap: ["warn", "gap"], silent: ["bad", "silent"] };

/** The list of alerts that fire. */
export function firing() {
  const card = panel({ title: "Alerts firing", tools: [h("a", { href: href("alerts") }, "All alerts")] });
  const list = h("ul", { class: "lines" }), rest = h("p", { class: "more muted" });
  const kept = new Map();
  let shape = null;
  return {
    element: card.element,
    draw({ alerts, loaded }) {
      const next = alerts.length ? "list" : "empty";
      if (shape !== next) {
        if (alerts.length) card.show(list, rest);
        else if (loaded) card.empty({ title: "Nothing fires", icon: "alerts" });
        shape = loaded ? next : null;
      }
      const order = ["critical", "warning", "info"];
      const worst = [...alerts].sort((a, b) => (order.indexOf(a.severity) + 4) % 4 - (order.indexOf(b.severity) + 4) % 4 || b.since - a.since).slice(0, MOST_ALERTS);
      arrange(list, worst.map((alert) => line(kept, alert)));
      setText(rest, alerts.length > MOST_ALERTS ? `and ${alerts.length - MOST_ALERTS} more` : "");
      if (kept.size > 200) kept.clear();
    },
  };
}

function line(kept, alert) {
  let node = kept.get(alert.fingerprint);
  if (!node) {
    const [name, tone] = SEVERITY[alert.severity] ?? ["info", "muted"];
    const mark = icon(name, alert.severity ?? "alert");
    mark.classList.add(tone);
    node = h("li", {}, mark, h("a", { class: "what", href: href("alerts", "", { alert: alert.fingerprint }) }, h("b"), h("span", { class: "muted" })), h("time", { class: "muted" }));
    kept.set(alert.fingerprint, node);
  }
  const [, what, time] = node.children;
  setText(what.firstChild, `${format.words(alert.rule)}, ${alert.symbol}`);
  setText(what.lastChild, short(alert));
  setAttribute(what, "title", alert.summary);
  setText(time, format.clock(alert.since, now()));
  setAttribute(time, "title", format.full(alert.since));
  return node;
}

/** What a summary says beside the series, which stands there already. */
export function short({ summary, severity, source, symbol }) {
  if (!summary) return severity ?? "";
  const where = `${symbol} on ${source}`;
  return summary.startsWith(where) ? summary.slice(where.length).replace(/^[:,]?\s+/, "") || summary : summary;
}

/** The list of feeds with their state and age. */
export function feeds() {
  const card = panel({ title: "Feeds", tools: [h("a", { href: href("system") }, "System")] });
  const list = h("ul", { class: "lines" }), kept = new Map();
  let shape = null;
  return {
    element: card.element,
    draw({ feeds: all, loaded }) {
      const next = all.length ? "list" : "empty";
      if (shape !== next) {
        if (all.length) card.show(list);
        else if (loaded) card.empty({ title: "No feed yet", line: "A feed is here once its first record is.", icon: "system" });
        shape = loaded ? next : null;
      }
      arrange(list, all.map((feed) => feedLine(kept, feed)));
    },
  };
}

function feedLine(kept, feed) {
  let node = kept.get(feed.source);
  if (!node) {
    node = h("li", {}, h("div", { class: "what" }, h("b", {}, feed.source), h("span", { class: "muted" })), h("span", { class: "pill" }), h("span", { class: "feed-age muted" }));
    kept.set(feed.source, node);
  }
  const [what, pill, age] = node.children, [tone, word] = FEED[feed.state] ?? ["waiting", feed.state];
  setText(what.lastChild, feed.gap ? `gap ${format.minute(feed.gap.from)}, ${format.duration(feed.gap.to - feed.gap.from)}` : format.count(feed.series, "market"));
  setAttribute(what, "title", feed.gap ? `${feed.gap.series ?? feed.source}: ${feed.gap.reason}` : null);
  setClass(pill, `pill ${tone}`);
  setText(pill, word);
  setText(age, feed.newest === undefined ? format.NONE : format.age(now() - feed.newest));
  return node;
}

/** Half and nearly all trades took at most so long, by minute. */
export function latency() {
  const card = panel({ title: "Exchange to screen" });
  const box = h("div", { class: "latency" });
  let chart, latest, gone = false, asked = false;
  async function begin() {
    try {
      const made = await linePanel(card, box, {
        title: "Exchange to screen, ms", name: `latency ${format.date(now())}`, label: "Exchange to screen, p50 and p99", unit: "ms", decimals: 0, height: 118, lines: () => lines(latest),
      });
      if (gone) made?.destroy();
      else if (made) chart = made;
      else card.empty({ title: "No chart library", line: "The table and all figures work without it." });
    } catch (error) {
      console.warn(error);
      card.empty({ title: "No chart", line: "The chart did not come from the server." });
    }
  }
  return {
    element: card.element,
    draw({ latency: said, loaded }) {
      if (!said?.history?.length) {
        if (loaded && !asked) card.empty({ title: "No trade in the last hour", icon: "history" });
        return;
      }
      const last = JSON.stringify(said.history.at(-1));
      if (latest && last === JSON.stringify(latest.at(-1))) return;
      latest = said.history;
      if (!asked) {
        asked = true;
        card.show(box);
        // The first picture of the page comes before the library that draws this one.
        setTimeout(begin, 100);
      } else chart?.draw();
    },
    restyle: () => chart?.restyle(),
    destroy() {
      gone = true;
      chart?.destroy();
    },
  };
}

function lines(history) {
  return [
    { name: "p50, ms", token: "s1", dash: 0, points: history.map(([time, p50]) => ({ time, value: p50 })) },
    { name: "p99, ms", token: "s2", dash: 1, points: history.map(([time, , p99]) => ({ time, value: p99 })) },
  ];
}
