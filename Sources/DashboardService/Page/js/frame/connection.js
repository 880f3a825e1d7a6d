// The pill and the banners: how the page is connected, what is away, since when, and what still works.
import { setToken } from "../api.js";
import { arrange, h, icon, setAttribute, setClass, setText } from "../dom.js";
import * as format from "../format.js";
import { go } from "../router.js";

const by = (id) => document.getElementById(id);
/** A cut so short is not worth a banner. */
const PATIENCE_MS = 3_000;

/** Shows the connection from now on. */
export function startConnection(live) {
  const banners = bannersOf(live);
  const draw = () => {
    drawPill(live);
    banners.draw();
  };
  live.subscribe((change) => {
    if (change.status || change.connection || change.tick) draw();
  });
  draw();
}

// The worst of browser, Kafka and store.
function drawPill(live) {
  const { state } = live;
  const [tone, words, line] = pillOf(live);
  setClass(by("link"), `pill ${tone}`);
  const [first, rest = ""] = words.split(/(?=,)/);
  setText(by("link-words"), first);
  setText(by("link-rest"), rest);
  setAttribute(by("link"), "title", line);
  setAttribute(document.body, "data-link", state.connection);
}

function pillOf(live) {
  const { state } = live;
  if (state.connection === "token") return ["waiting", "Token wanted", "The server answers only with its token."];
  if (state.connection === "connecting") return ["waiting", "Connecting", "The first snapshot is on its way."];
  if (state.connection === "away") return ["bad", "Not connected", `${state.reason} Tries again by itself.`];
  if (state.kafka.state === "away") return ["bad", "Kafka away", `Since ${format.full(state.kafka.since)}: ${state.kafka.reason ?? ""}`];
  if (state.kafka.state === "starting") return ["waiting", "Starting", "The dashboard reads what the topics hold."];
  if (state.store.state === "away") return ["warn", "Live, store away", `Since ${format.full(state.store.since)}: ${state.store.reason ?? ""}`];
  const behind = state.latency ? state.latency.p50_ms + live.delay() : null;
  if (behind === null) return ["ok", "Live", "Connected; no trade came in the last minute."];
  const line = `Half of the trades were here ${format.number(state.latency.p50_ms)} ms after the exchange's time; ${format.number(live.delay())} ms more to this page.`;
  return behind > 10_000 ? ["warn", `Behind, by ${format.age(behind)}`, line] : ["ok", `Live, ${format.age(behind)} behind`, line];
}

function bannersOf(live) {
  const box = by("banners"), kept = new Map();
  const keep = (key, make) => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  return {
    draw() {
      const { state } = live, nodes = [];
      if (state.connection === "token") nodes.push(keep("token", () => tokenBanner(live)));
      else if (state.connection === "away" && Date.now() - state.since > PATIENCE_MS) {
        nodes.push(said(keep("server", () => banner("bad", "off", ["Try now", live.retry])),
          state.answered ? `The dashboard has nothing live since ${format.time(state.since)}.` : `The dashboard does not answer since ${format.time(state.since)}.`,
          `${state.answered ? `${state.reason} ` : ""}${state.loaded ? "What is shown is the last that came. " : ""}The page tries again by itself.`));
      } else if (state.connection === "live") {
        if (state.kafka.state === "away") {
          nodes.push(said(keep("kafka", () => banner("bad", "off", ["Show why", () => go("system")])), `Kafka does not answer since ${format.time(state.kafka.since)}.`,
            "Prices are the last that came; history and the database still work. The page tries again by itself."));
        }
        if (state.store.state === "away") {
          nodes.push(said(keep("store", () => banner("warn", "warning", ["Show why", () => go("system")])), `The store is away since ${format.clock(state.store.since)}.`,
            "Live prices go on. History, Database and alerts' history come back with it."));
        }
      }
      arrange(box, nodes);
    },
  };
}

/** A banner with a button: [label, run]. */
function banner(tone, name, [label, run]) {
  return h("div", { class: `banner ${tone}` }, icon(name), h("p", {}, h("b"), " ", h("span")), h("button", { class: "button small", type: "button", onclick: run }, label));
}

function said(node, title, line) {
  const text = node.querySelector("p");
  setText(text.firstChild, title);
  setText(text.lastChild, line);
  return node;
}

function tokenBanner(live) {
  const field = h("input", { class: "input", type: "password", "aria-label": "Token", autocomplete: "off", required: true });
  const form = h("form", {
    onsubmit(event) {
      event.preventDefault();
      setToken(field.value);
      live.retry();
    },
  }, field, h("button", { class: "button", type: "submit" }, "Open"));
  return h("div", { class: "banner info" }, icon("key"), h("p", {}, h("b", {}, "This page wants a token."), " The one of ", h("code", {}, "--token-file"), ". It stays in this tab."), form);
}
