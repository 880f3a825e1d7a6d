// System: the services, what waits, what is missing, what could not be read.
import { arrange, h, icon, setClass, setText } from "../dom.js";
import * as format from "../format.js";
import { panel } from "../parts/panel.js";
import { deadLetters } from "./system/dead-letters.js";
import { feeds } from "./system/feeds.js";
import { lag, rememberLags, services, summary } from "./system/services.js";

let live, pill, notices, parts, counts, letters;

export default {
  title: "System",

  mount(root, context) {
    ({ live } = context);
    pill = h("span", { class: "pill" });
    notices = h("div", { class: "notices" });
    parts = { services: services(), lag: lag(), feeds: feeds() };
    counts = panel({ title: "Not in the windows" });
    letters = deadLetters();
    const cell = (element, span) => h("div", { class: `span-${span}` }, element);
    root.append(h("div", { class: "view-head" }, h("h1", {}, "System"), pill, h("span", { class: "end muted" }, "from topics, the store and each service's own health")), notices,
      h("div", { class: "columns" }, cell(parts.services.element, 8), cell(parts.lag.element, 4), cell(parts.feeds.element, 8), cell(counts.element, 4), cell(letters.list, 7), cell(letters.payload, 5)));
    draw();
    if (live.state.loaded) parts.feeds.load(live.state);
    letters.load();
  },

  update(change) {
    if (change.snapshot) parts.feeds.load(live.state);
    if (change.events.length) {
      parts.feeds.hear(change.events);
      letters.hear(change.events);
    }
    if (change.settings) parts.lag.restyle();
    if (change.settings === "zone") letters.redraw();
    if (change.status || change.snapshot || change.connection || change.tick || change.settings) draw();
  },

  unmount() {
    parts.lag.destroy();
  },
};

function draw() {
  const { state } = live;
  if (!state.loaded) return;
  rememberLags(state);
  const [tone, words] = summary(state);
  setClass(pill, `pill ${tone}`);
  setText(pill, words);
  for (const part of Object.values(parts)) part.draw(state);
  drawNotices(state);
  drawCounts(state);
}

const kept = new Map();

// What waits says why, once a service.
function drawNotices(state) {
  const waiting = state.services.filter((one) => one.state === "waiting" && one.reason);
  const away = [["Kafka", state.kafka], ["The store", state.store]].filter(([, one]) => one.state === "away" && one.reason).map(([name, one]) => ({ name, reason: one.reason, since: one.since, tone: "bad" }));
  arrange(notices, [...away, ...waiting].map((one) => {
    if (!kept.has(one.name)) kept.set(one.name, h("div", { class: `banner ${one.tone ?? "warn"}` }, icon("warning"), h("p", {}, h("b"), " ", h("span"))));
    const node = kept.get(one.name), text = node.lastChild;
    setText(text.firstChild, `${one.name} ${one.tone ? "does not answer" : "waits"}${one.since ? ` since ${format.clock(one.since, live.now())}` : ""}.`);
    setText(text.lastChild, `${one.reason.charAt(0).toUpperCase()}${one.reason.slice(1)}.${one.lag ? ` ${format.number(one.lag)} records wait on Kafka; nothing is lost.` : ""}`);
    return node;
  }));
}

function drawCounts({ counts: n, started, series }) {
  const rows = [
    ["Ticks read", format.number(n.ticks)], ["Late ticks", n.ticks ? `${format.number(n.late)}, ${format.number(n.late / n.ticks * 100, 3)} %` : format.number(n.late)],
    ["Gaps", format.number(n.gaps)], ["Dead letters", format.number(n.dead_letters)], ["Series", format.number(series.size)],
  ];
  counts.note(started ? `since ${format.clock(started, live.now())}, when the dashboard began` : "");
  let list = counts.body.firstChild;
  if (!list) counts.show(list = h("dl", { class: "pairs" }, rows.map(([name]) => h("div", {}, h("dt", {}, name), h("dd")))));
  rows.forEach(([, value], at) => setText(list.children[at].lastChild, value));
}
