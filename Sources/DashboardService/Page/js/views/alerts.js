// Alerts: what fires and is pending, what was, by which rules, and what is silenced.
import { get, post, request, save } from "../api.js";
import { h, icon, setAttribute } from "../dom.js";
import * as format from "../format.js";
import * as live from "../live.js";
import { panel, tool } from "../parts/panel.js";
import { go, route } from "../router.js";
import { alertBook, nameOf } from "./alerts/book.js";
import { detail } from "./alerts/detail.js";
import { matchers } from "./alerts/expression.js";
import { askSilence } from "./alerts/silence.js";
import { historyTable, nowTable, ruleTable, silenceTable } from "./alerts/tables.js";

const TABS = [["now", "Now"], ["history", "History"], ["rules", "Rules"], ["silences", "Silences"]];
const RECENT = 12, PAGE = 100;

let book, tabs, cards, tables, side, chosenRule, past, cursor, message, testButton;

export default {
  title: "Alerts",

  mount(root) {
    past = null;
    cursor = null;
    chosenRule = null;
    tabs = new Map(TABS.map(([key, label]) => [key, h("a", { href: `#alerts${key === "now" ? "" : `?tab=${key}`}` }, label)]));
    message = h("div", { class: "alerts-message" });
    testButton = h("button", { class: "button", type: "button", onclick: sendTest }, "Send test");
    book = alertBook(draw);
    side = detail(silenceFor);
    tables = {
      now: nowTable({ waitMs: book.waitMs, chosen: () => chosen()?.fingerprint, choose: (fingerprint) => go("alerts", "", { alert: fingerprint }, { replace: true }), isSilenced }),
      history: historyTable({ choose: (row) => side.show(row, book.rule(row.rule)) }),
      rules: ruleTable({ chosen: () => chosenRule, choose: (name) => go("alerts", "", { tab: "rules", rule: name }, { replace: true }), counts: (name) => count(name) }),
      silences: silenceTable({ end: endSilence }),
    };
    cards = {
      now: panel({ title: "Firing and pending", note: "worst first" }),
      history: panel({ title: "History", tools: [tool("download", "Save as CSV", saveHistory)] }),
      rules: panel({ title: "Rules" }),
      silences: panel({ title: "Silences", tools: [h("button", { class: "button small", type: "button", onclick: newSilence }, "New silence")] }),
    };
    const more = h("button", { class: "button small older", type: "button", onclick: older }, "Older");
    cards.history.more = more;
    root.append(
      h("div", { class: "view-head" }, h("h1", {}, "Alerts"), h("nav", { class: "choice", "aria-label": "Alerts" }, [...tabs.values()]),
        h("div", { class: "end" }, h("button", { class: "button", type: "button", onclick: newSilence }, icon("silence"), "Silence"), testButton)),
      message,
      h("div", { class: "columns" },
        h("div", { class: "stack alerts-main" }, cards.now.element, cards.rules.element, cards.history.element),
        h("div", { class: "stack alerts-side" }, side.element, cards.silences.element)));
    for (const card of Object.values(cards)) card.loading(4);
    arrangeTabs();
    book.load();
    loadHistory();
  },

  update(change) {
    if (change.route) {
      arrangeTabs();
      return draw();
    }
    if (change.settings === "zone") draw();
    if (change.settings) side.restyle();
    book.hear(change);
    if (change.events.some(({ name }) => name === "alert")) loadHistory();
    if (change.tick) {
      tables.now.redraw(["lasts", "state"]);
      tables.silences.redraw(["left"]);
      if (book.silences?.length && cards.silences.shown !== book.lasting().length) drawSilences();
    }
    if (change.status && past === null && live.state.store.state === "ready" && cards.history.failed) loadHistory();
  },

  unmount() {
    book.close();
    side.destroy();
  },
};

function tab() {
  const wanted = route().query.get("tab");
  return tabs.has(wanted) ? wanted : "now";
}

function arrangeTabs() {
  const now = tab();
  for (const [key, link] of tabs) setAttribute(link, "aria-current", key === now ? "page" : null);
  cards.now.element.hidden = now !== "now";
  cards.rules.element.hidden = now !== "rules";
  cards.history.element.hidden = now !== "now" && now !== "history";
  cards.silences.element.hidden = now !== "now" && now !== "silences";
  side.element.hidden = now === "silences";
  cards.silences.element.closest(".columns").dataset.tab = now;
  drawHistory();
}

function chosen() {
  return book.alerts.find((alert) => alert.fingerprint === route().query.get("alert")) ?? book.alerts[0] ?? null;
}

function count(name) {
  const of = book.alerts.filter((alert) => alert.rule === name), firing = of.filter((alert) => alert.state === "firing").length;
  return [firing && `${firing} firing`, of.length - firing && `${of.length - firing} pending`].filter(Boolean).join(", ") || format.NONE;
}

function draw() {
  if (!book.loaded) return;
  const firing = book.alerts.filter((alert) => alert.state === "firing").length;
  tabs.get("now").textContent = book.alerts.length ? `Now ${book.alerts.length}` : "Now";
  tabs.get("rules").textContent = book.rules ? `Rules ${book.rules.length}` : "Rules";
  tabs.get("silences").textContent = book.lasting().length ? `Silences ${book.lasting().length}` : "Silences";
  drawNow(firing);
  drawRules();
  drawSilences();
  chosenRule = route().query.get("rule") ?? (book.rules?.[0] ? nameOf(book.rules[0]) : null);
  if (tab() === "rules") {
    const rule = book.rule(chosenRule);
    side.show(book.alerts.find((alert) => alert.rule === chosenRule) ?? null, rule);
    tables.rules.redraw(["rule"]);
  } else {
    const alert = chosen();
    side.show(alert, alert ? book.rule(alert.rule) : null);
    tables.now.redraw(["rule"]);
  }
}

function drawNow(firing) {
  cards.now.note(book.error ? "from the topic: what is pending is known once the alerter answers" : `${firing} firing, ${book.alerts.length - firing} pending, worst first`);
  if (book.alerts.length) {
    if (cards.now.shown !== "table") cards.now.show(scrolling(tables.now, "Alerts now, table"));
    cards.now.shown = "table";
    tables.now.set(book.alerts);
    return;
  }
  cards.now.shown = "empty";
  const last = past?.find((row) => row.state === "resolved");
  const resolved = last ? ` Last one resolved at ${format.clock(last.as_of, live.now())}.` : "";
  cards.now.empty({ title: "Nothing fires", line: `${watch()}${resolved}`, icon: "alerts", action: book.rules && { label: "Show rules", run: () => go("alerts", "", { tab: "rules" }) } });
}

// How many rules watch how much.
function watch() {
  if (!book.rules) return "The alerter does not answer: its rules are not known.";
  const verb = book.rules.length === 1 ? "watches" : "watch";
  return `${format.count(book.rules.length, "rule")} ${verb} ${format.count(live.state.series.size, "series", "series")}.`;
}

// What the alerter alone can tell, and does not.
function unknown(title, line, name) {
  return { title, line: book.error?.message ?? line, icon: name, action: { label: "Try again", run: () => book.load() } };
}

function drawRules() {
  if (!book.rules) return cards.rules.empty(unknown("The rules are not known", "The alerter does not tell its rules.", "warning"));
  if (!book.rules.length) return cards.rules.empty({ title: "No rule yet", line: "The alerter reads them from the file of --rules.", icon: "alerts" });
  cards.rules.note(format.count(book.rules.length, "rule"));
  if (cards.rules.shown !== "table") cards.rules.show(scrolling(tables.rules, "Rules, table"));
  cards.rules.shown = "table";
  tables.rules.set(book.rules);
}

function drawSilences() {
  const lasting = book.lasting();
  if (book.silences === null) cards.silences.empty(unknown("Silences are not known", "The alerter does not answer.", "silence"));
  else if (!lasting.length) cards.silences.empty({ title: "Nothing is silenced", line: "A silence hides notifications, not alerts: the tables still show them.", icon: "silence" });
  else {
    if (typeof cards.silences.shown !== "number" || !cards.silences.shown) cards.silences.show(scrolling(tables.silences, "Silences, table"));
    tables.silences.set(lasting);
  }
  cards.silences.shown = lasting.length;
}

function scrolling(made, name) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, made.element);
}

// History comes from the store, newest first.
async function loadHistory(after) {
  try {
    const said = await get("api/rows/alerts", { order: "newest", limit: PAGE, after });
    const rows = said.rows.map((row) => Object.fromEntries(said.columns.map((name, at) => [name, row[at]])));
    past = after ? [...past, ...rows] : rows;
    cursor = said.next;
    cards.history.failed = false;
    drawHistory();
    if (book.loaded && !book.alerts.length) drawNow(0);
  } catch (error) {
    cards.history.failed = true;
    cards.history.fail(error, () => loadHistory(), past !== null);
  }
}

function older() {
  if (cursor) loadHistory(cursor);
}

function drawHistory() {
  if (!past) return;
  const all = tab() === "history", rows = all ? past : past.slice(0, RECENT);
  if (!past.length) return cards.history.empty({ title: "No alert so far", line: "Every change of an alert is kept here.", icon: "history" });
  cards.history.note(all ? `${format.number(past.length)} changes, newest first` : `the last ${rows.length} changes`);
  if (cards.history.element.dataset.state || !tables.history.element.isConnected) {
    cards.history.show(scrolling(tables.history, "History of alerts, table"), h("div", { class: "table-foot" }, cards.history.more));
  }
  cards.history.more.parentElement.hidden = !all || !cursor;
  tables.history.set(rows);
}

async function saveHistory() {
  const response = await request("api/rows/alerts", { query: { order: "newest", limit: 10_000, format: "csv" } }).catch((error) => say("bad", error.message));
  if (response) save(await response.blob(), `alerts ${format.date(live.now())}.csv`);
}

function newSilence() {
  askSilence(book, book.silence);
}

function isSilenced(alert) {
  return book.lasting().some((silence) => silence.from <= live.now() && silence.matchers === matchers({ alertname: alert.rule, source: alert.source, symbol: alert.symbol }));
}

async function silenceFor(labels, ms, button) {
  button.disabled = true;
  try {
    await book.silence({ matchers: matchers(labels), until: live.now() + ms, by: "the page" });
    say("info", `${format.words(labels.alertname)} of ${labels.symbol} is silent until ${format.clock(live.now() + ms, live.now())}.`);
  } catch (error) {
    say("bad", error.message);
  }
  button.disabled = false;
}

async function endSilence(silence, button) {
  button.disabled = true;
  try {
    await book.endSilence(silence.id);
  } catch (error) {
    button.disabled = false;
    say("bad", error.message);
  }
}

async function sendTest() {
  testButton.disabled = true;
  try {
    const said = await post("api/test", {}, { timeoutMs: 60_000 });
    const bad = (said?.sent ?? []).filter((one) => !one.ok), good = (said?.sent ?? []).filter((one) => one.ok);
    const went = good.length ? [`A test went to ${good.map((one) => one.notifier).join(", ")}.`] : [];
    const failed = bad.map((one) => `${one.notifier}: ${one.error ?? "it did not go"}.`);
    say(bad.length ? "warn" : "info", [...went, ...failed].join(" ") || "A test went out.");
  } catch (error) {
    say("bad", error.message);
  }
  testButton.disabled = false;
}

/** A line above the tables that stays until it is closed. */
function say(tone, text) {
  message.replaceChildren(h("div", { class: `banner ${tone}`, role: "status" }, icon(tone === "info" ? "check" : "warning"), h("p", {}, text), tool("close", "Close", () => message.replaceChildren())));
}
