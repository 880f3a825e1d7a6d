// The services: how each is by its own account, and one sentence for them all.
import { h, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";
import { now } from "../../live.js";
import { linePanel } from "../../parts/line-panel.js";
import { panel } from "../../parts/panel.js";
import { table } from "../../parts/table.js";

const TONE = { ready: "ok", waiting: "warn", away: "bad" };
/** A lag of more records is said in the colour of a warning. */
const MUCH_LAG = 1_000;

/** Tone and words for the whole: what is worst, and how many. */
export function summary(state) {
  const away = state.services.filter((one) => one.state === "away"), waiting = state.services.filter((one) => one.state === "waiting");
  if (state.connection === "away") return ["bad", "the dashboard does not answer"];
  if (state.kafka.state === "away") return ["bad", "Kafka does not answer"];
  if (state.store.state === "away") return ["warn", "works, the store is away"];
  const said = [waiting.length && named(waiting, "waits", "wait"), away.length && named(away, "is away", "are away")].filter(Boolean);
  if (said.length) return ["warn", `works, ${said.join(", ")}`];
  if (!state.services.length) return ["waiting", "no service is asked"];
  return ["ok", "everything works"];
}

function named(services, one, many) {
  return services.length === 1 ? `${services[0].name} ${one}` : `${services.length} services ${many}`;
}

/** The table of services. Gives {element, draw(state)}. */
export function services() {
  const card = panel({ title: "Services", className: "services" });
  const value = (key, title, text, more = {}) => ({ key, title, number: true, draw: (cell, row) => setText(cell, text(row)), sort: (row) => row[more.field ?? key], ...more });
  const made = table({
    label: "Services", rowKey: (row) => row.name,
    columns: [
      {
        key: "name", title: "Service", head: true, className: "strong",
        draw(cell, row) {
          setText(cell, row.name);
          setAttribute(cell, "title", [row.url, row.version && `version ${row.version}`].filter(Boolean).join(", "));
        },
      },
      {
        key: "state", title: "State", make: (cell) => cell.append(h("span", { class: "pill" }), h("span", { class: "reason muted" })),
        draw(cell, row) {
          setClass(cell.firstChild, `pill ${TONE[row.state] ?? "waiting"}`);
          setText(cell.firstChild, row.state);
          setText(cell.lastChild, row.state === "ready" ? "" : row.reason ?? unmet(row.conditions));
          setAttribute(cell, "title", `${row.state} since ${format.full(row.since)}${row.reason ? `: ${row.reason}` : ""}`);
        },
      },
      { key: "port", title: "Port", number: true, draw: (cell, row) => setText(cell, portOf(row.url)) },
      value("up_s", "Up for", (row) => row.up_s === undefined ? format.NONE : format.duration(row.up_s * 1000)),
      value("rate", "Rate", (row) => row.rate === undefined ? format.NONE : `${format.number(row.rate, row.rate < 10 ? 1 : 0)} /s`),
      {
        key: "lag", title: "Lag, records", number: true, sort: (row) => row.lag, make: (cell) => cell.append(h("span")),
        draw(cell, row) {
          setText(cell.firstChild, format.number(row.lag));
          setClass(cell.firstChild, row.lag > MUCH_LAG ? "warn strong" : "");
        },
      },
      value("restarts", "Restarts", (row) => format.number(row.restarts)),
      value("memory_bytes", "Memory", (row) => format.bytes(row.memory_bytes)),
      value("cpu", "CPU", (row) => row.cpu === undefined ? format.NONE : format.share(row.cpu, row.cpu < 0.1 ? 1 : 0)),
    ],
  });
  let shape = "";
  return {
    element: card.element,
    draw(state) {
      const next = state.services.length ? "table" : "empty";
      if (next !== shape) {
        if (state.services.length) card.show(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Services, table" }, made.element));
        else if (state.loaded) card.empty({ title: "No service is asked", line: "Name them: --services NAME=URL …", icon: "system" });
        shape = next;
      }
      made.set(state.services);
    },
  };
}

function portOf(url) {
  try {
    return new URL(url).port || format.NONE;
  } catch {
    return format.NONE;
  }
}

function unmet(conditions) {
  return Object.entries(conditions ?? {}).filter(([, met]) => met === false).map(([name]) => name).join(", ");
}

const KEEP_MS = 3_600_000, EVERY_MS = 5_000, MOST_LINES = 3;
const lags = new Map();  // service → [{time, value}…], kept while the page is open

/** Remembers the lags that a status tells. */
export function rememberLags(state) {
  const time = Math.floor(now() / EVERY_MS) * EVERY_MS;
  for (const service of state.services) {
    if (service.lag === undefined) continue;
    if (!lags.has(service.name)) lags.set(service.name, []);
    const points = lags.get(service.name);
    if (points.at(-1)?.time === time) points.at(-1).value = service.lag;
    else points.push({ time, value: service.lag });
    while (points.length && points[0].time < time - KEEP_MS) points.shift();
  }
}

/** The lags since the page was opened, the longest queues only. */
export function lag() {
  const card = panel({ title: "Lag", note: "records, since you came" });
  const box = h("div", { class: "lag" });
  let chart = null, asked = false, gone = false, drawnAt = 0;
  const lines = () => [...lags].sort(([, a], [, b]) => b.at(-1).value - a.at(-1).value).slice(0, MOST_LINES)
    .map(([name, points], at) => ({ name, token: ["s2", "s1", "s3"][at], dash: at, points: [...points] }));
  async function begin() {
    card.show(box);
    try {
      const made = await linePanel(card, box, { title: "Lag, records", name: `lag ${format.date(now())}`, label: "Lag by service", unit: "records", decimals: 0, height: 190, step: EVERY_MS, lines });
      if (gone) made?.destroy();
      else chart = made;
    } catch (error) {
      console.warn(error);
      card.empty({ title: "No chart", line: "The chart did not come from the server." });
    }
  }
  return {
    element: card.element,
    draw() {
      const longest = Math.max(0, ...[...lags.values()].map((points) => points.length));
      if (longest < 2) return asked || card.empty({ title: "The first lags are on their way", line: "A line is drawn once it has two points.", icon: "history" });
      if (!asked) {
        asked = true;
        begin();
      } else if (chart && Date.now() - drawnAt > EVERY_MS) {
        drawnAt = Date.now();
        chart.draw();
      }
    },
    restyle: () => chart?.restyle(),
    destroy() {
      gone = true;
      chart?.destroy();
    },
  };
}
