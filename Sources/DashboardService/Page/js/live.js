// What is live: a snapshot, then the stream of changes, merged into one state that views read.
//
//   connecting ──snapshot, stream──▶ live ──cut, silent──▶ away ──back-off──▶ connecting
//        └──401──▶ token ──setToken, retry()──▶ connecting
//
// The stream is read by fetch, which can send a token and `Last-Event-ID`. Views hear at most once a frame what changed.
import { APIError, get, request } from "./api.js";

const FIRST_WAIT_MS = 400, LONGEST_WAIT_MS = 10_000;
/** The server sends a comment at least every 15 s: silence of so long is a dead connection. */
const SILENCE_MS = 40_000;
/** A page in the background hears nothing; beyond so many events it is told to look at everything instead. */
const MOST_EVENTS = 5_000;

/** Everything known. `series` holds the rows by name; the rest is as in the snapshot. Read it, never write it. */
export const state = {
  connection: "connecting",  // connecting, live, away, token
  since: Date.now(),         // of the connection's state
  reason: "",
  answered: false,           // whether what is away has answered at least, with its reason
  loaded: false,             // whether a snapshot has come at all
  n: 0,
  series: new Map(),
  alerts: [], feeds: [], services: [], counts: {},
  kafka: { state: "starting" }, store: { state: "none" },
  rate: null, latency: null, version: "", started: null,
};

const listeners = new Set();
let offset = null;      // the server's clock less ours
/** What `take` gives when it has asked for everything anew. */
const RELOADED = "reloaded";
let lastId = "";
let lateMs = 0;         // what came last was so much later than what came fastest
let failures = 0;       // attempts in a row that brought no stream
let isResumed = false;  // whether the next event has to follow the last one we have
let waitMs = FIRST_WAIT_MS;
let wake = null;        // ends the wait between attempts
let abort = null;       // ends the attempt that runs
let change = null;      // what the next frame tells

/** The server's time now, in ms: what ages are counted by. */
export function now() {
  return Date.now() + (offset ?? 0);
}

/** By how much events come later here than the fastest did, in ms. */
export function delay() {
  return Math.max(0, Math.round(lateMs));
}

/**
 * Calls `listener(change)` after data came, at most once a frame, and once a second. Gives the function that ends it.
 * change: {snapshot: whether everything may be new, rows: Map(series → Set of its changed fields), status: boolean,
 *          connection: boolean, events: [{name, data}] in order, tick: whether a second went by}
 */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function pending() {
  if (change) return change;
  change = { snapshot: false, rows: new Map(), status: false, connection: false, events: [], tick: false };
  // A hidden page has no frames; it hears once a second from the clock below, if at all.
  requestAnimationFrame(flush);
  return change;
}

function flush() {
  if (!change) return;
  const told = change;
  change = null;
  for (const listener of [...listeners]) {
    try {
      listener(told);
    } catch (error) {
      console.error(error);  // one panel's fault is not the others'
    }
  }
}

setInterval(() => {
  if (!document.hidden) pending().tick = true;
}, 1_000);

function enter(connection, reason = "") {
  if (state.connection !== connection) Object.assign(state, { connection, since: Date.now() });
  state.reason = reason;
  pending().connection = true;
}

/** Tries at once, whatever the back-off says. */
export function retry() {
  waitMs = FIRST_WAIT_MS;
  if (wake) wake();
  else if (state.connection !== "live") abort?.abort();
}

/** Starts, and never ends. */
export async function start() {
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && state.connection !== "live") retry();
  });
  for (;;) {
    abort = new AbortController();
    try {
      // After a longer absence it may be another server, whose numbers begin anew.
      if (!state.loaded || failures > 1) await load();
      else isResumed = true;
      await follow();
      state.answered = false;
      enter("away", "The stream ended.");
    } catch (error) {
      failures += 1;
      state.answered = error.status > 0;
      enter(error instanceof APIError && error.status === 401 ? "token" : "away", error.message);
    }
    abort = null;
    // A page that waits for its token is woken by retry().
    const wait = state.connection === "token" ? 3_600_000 : waitMs * (0.75 + Math.random() / 2);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, wait);
    });
    wake = null;
  }
}

async function load() {
  const snapshot = await get("api/live", undefined, { signal: abort.signal });
  state.series = new Map(snapshot.series.map((row) => [row.series, row]));
  takeStatus(snapshot);
  state.n = snapshot.n;
  lastId = snapshot.id ?? String(snapshot.n);
  isResumed = false;
  state.loaded = true;
  pending().snapshot = true;
  pending().status = true;
}

const STATUS = ["kafka", "store", "rate", "latency", "feeds", "services", "counts", "alerts", "version", "started"];

function takeStatus(said) {
  takeClock(said.now);
  for (const key of STATUS) if (said[key] !== undefined) state[key] = said[key];
}

// The least delayed of what came tells the offset best.
function takeClock(time) {
  if (!time) return;
  const seen = time - Date.now();
  if (offset === null || seen > offset || offset - seen > 5_000) offset = seen;
  lateMs += (offset - seen - lateMs) / 8;
}

async function follow() {
  const response = await request("api/stream", {
    headers: { Accept: "text/event-stream", "Last-Event-ID": lastId }, signal: abort.signal, timeoutMs: 0,
  });
  waitMs = FIRST_WAIT_MS;
  failures = 0;
  enter("live");
  const reader = response.body.getReader(), decoder = new TextDecoder();
  const parse = eventParser();
  for (;;) {
    const silence = setTimeout(() => reader.cancel(), SILENCE_MS);
    const { done, value } = await reader.read();
    clearTimeout(silence);
    if (done) return;
    for (const event of parse(decoder.decode(value, { stream: true }))) {
      if (event.name === "end") return;
      // What the server still sends lies before the new snapshot: go on behind that.
      if (await take(event) === RELOADED) return;
    }
  }
}

/** A function that takes text as it comes and gives the events that are whole: {name, id, text}. */
export function eventParser() {
  let rest = "", event = { name: "message", id: undefined, lines: [] };
  return (text) => {
    const events = [], lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.lines.length) events.push({ name: event.name, id: event.id, text: event.lines.join("\n") });
        event = { name: "message", id: undefined, lines: [] };
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") event.name = value;
      else if (field === "data") event.lines.push(value);
      else if (field === "id") event.id = value;
    }
    return events;
  };
}

async function take({ name, id, text }) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    return;  // no event of ours
  }
  if (name === "lost" || (name === "gap" && data.source === undefined)) {
    await load();
    return RELOADED;
  }
  if (data.n !== undefined) {
    // What is resumed begins after our last event; where it does not, the server counts anew.
    if (data.n <= state.n) return isResumed ? load() : undefined;
    isResumed = false;
    state.n = data.n;
  }
  lastId = id ?? (data.n !== undefined ? String(data.n) : lastId);
  const told = pending();
  if (name === "rows") {
    takeClock(data.now);
    for (const row of data.rows) takeRow(row, told.rows);
  } else if (name === "status") {
    takeStatus(data);
    told.status = true;
  } else {
    if (name === "alert") takeAlert(data, told);
    if (told.events.length < MOST_EVENTS) told.events.push({ name, data });
    else told.snapshot = true;
  }
}

function takeRow(row, rows) {
  const known = state.series.get(row.series) ?? {};
  state.series.set(row.series, known);
  // What is null is no longer known.
  for (const [field, value] of Object.entries(row)) {
    if (value === null) delete known[field];
    else known[field] = value;
  }
  let fields = rows.get(row.series);
  if (!fields) rows.set(row.series, fields = new Set());
  for (const field of Object.keys(row)) fields.add(field);
}

function takeAlert(alert, told) {
  const others = state.alerts.filter((one) => one.fingerprint !== alert.fingerprint);
  state.alerts = alert.state === "firing" ? [alert, ...others] : others;
  told.status = true;
}
