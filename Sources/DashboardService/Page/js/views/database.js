// Database: the store's tables with filter, sort, paging and export; questions in its own words.
import { get } from "../api.js";
import { h, setAttribute, setText } from "../dom.js";
import * as format from "../format.js";
import { panel } from "../parts/panel.js";
import { firstSeries } from "../parts/series-pick.js";
import { go, route } from "../router.js";
import { settings } from "../settings.js";
import { ask } from "./database/ask.js";
import { browse } from "./database/browse.js";

const KEPT = "database.saved";

let context, live, where, tablesCard, questionsCard, main, rows, question, tables, given, kind, opened, gone;

export default {
  title: "Database",

  mount(root, itsContext) {
    context = itsContext;
    ({ live } = context);
    Object.assign(this, { waiting: true });
    tables = null;
    given = [];
    opened = "";
    gone = false;
    where = h("span", { class: "tag" });
    tablesCard = panel({ title: "Tables", className: "tables" });
    questionsCard = panel({ title: "Saved questions", className: "questions" });
    rows = browse(context, (series) => go("database", series, { table: route().query.get("table") }));
    question = null;
    main = h("div", { class: "stack database-main" }, rows.element);
    root.append(h("div", { class: "view-head" }, h("h1", {}, "Database"), where),
      h("div", { class: "with-tables" }, h("div", { class: "stack database-side" }, tablesCard.element, questionsCard.element), main));
    tablesCard.loading(9);
    questionsCard.loading(3);
    load();
  },

  update(change) {
    if (change.route) return open();
    if (change.settings === "zone") {
      rows.redraw();
      question?.redraw();
    }
    if (change.status) {
      drawWhere();
      if (this.wasAway && live.state.store.state === "ready") load();
      this.wasAway = live.state.store.state === "away";
    }
    if (change.snapshot) {
      rows.refresh();
      open();
    }
  },

  unmount() {
    gone = true;
  },
};

function drawWhere() {
  const { store } = live.state;
  const name = (kind ?? store.location?.split(":")[0]) === "mongodb" ? "MongoDB" : "SQLite";
  where.hidden = store.state === "none" || !store.location;
  setText(where, `${name} ${(store.location ?? "").replace(/^sqlite:(.*\/)?/, "")}${store.bytes ? `, ${format.bytes(store.bytes)}` : ""}, read only`);
}

async function load() {
  drawWhere();
  if (live.state.loaded && live.state.store.state === "none") {
    tablesCard.empty({ title: "No store", line: "The dashboard was started without one: give it --store.", icon: "database" });
    questionsCard.element.hidden = true;
    rows.element.hidden = true;
    return;
  }
  try {
    const [said, store] = await Promise.all([get("api/tables"), get("api/store").catch(() => ({}))]);
    if (gone) return;
    tables = said.tables;
    kind = store.kind ?? "sqlite";
    if (!question) {
      question = ask(kind, keep);
      main.prepend(question.element, question.answer);
    }
    drawWhere();
    opened = "";
    open();
  } catch (error) {
    if (!gone) tablesCard.fail(error, load);
  }
  get("api/questions").then((said) => { given = said.questions ?? said; }, () => { given = []; }).then(() => gone || drawQuestions());
}

function open() {
  if (!tables) return;
  const wanted = route().query.get("table"), about = tables.find((one) => one.name === wanted) ?? tables.find((one) => one.name === "windows") ?? tables[0];
  if (!about) return tablesCard.empty({ title: "No table yet", line: "The sink makes them with the first records.", icon: "database" });
  tablesCard.show(h("ul", { class: "picks" }, tables.map((one) => h("li", {},
    h("a", { href: `#database${route().series ? `/${encodeURIComponent(route().series)}` : ""}?table=${encodeURIComponent(one.name)}`, "aria-current": one.name === about.name ? "true" : null },
      h("b", {}, one.name), h("span", { class: "muted" }, one.rows === null || one.rows === undefined ? "" : format.number(one.rows)))))));
  const series = firstSeries(context), key = `${about.name} ${series}`;
  if (key === opened) return;
  opened = key;
  rows.open(about, series);
}

function keep(title, text) {
  if (!title) return;
  settings.set(KEPT, [...(settings.get(KEPT) ?? []).filter((one) => one.title !== title), { title, text }]);
  drawQuestions();
}

function drawQuestions() {
  const own = settings.get(KEPT) ?? [];
  if (!given.length && !own.length) return questionsCard.empty({ title: "None yet", line: "Save keeps a question here.", icon: "star" });
  const pick = (title, text, remove) => h("li", {}, h("button", { class: "pick", type: "button", onclick: () => question?.set(text) }, h("b", {}, title)),
    remove && h("button", { class: "tool", type: "button", "aria-label": `Forget ${title}`, title: "Forget", onclick: remove }, "✕"));
  questionsCard.show(h("ul", { class: "picks" },
    given.map((one) => pick(one.title, one.sql ?? JSON.stringify({ collection: one.collection, filter: one.filter ?? {}, sort: one.sort }))),
    own.map((one) => pick(one.title, one.text, () => { settings.set(KEPT, own.filter((other) => other !== one)); drawQuestions(); }))));
}
