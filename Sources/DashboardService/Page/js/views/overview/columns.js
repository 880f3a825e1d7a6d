// The columns of the markets' table: what each says of a series, and from which fields.
import { h, icon, setAttribute, setClass, setText } from "../../dom.js";
import * as format from "../../format.js";
import { href } from "../../router.js";
import { settings } from "../../settings.js";
import { drawSparkline, sparkline } from "../../parts/sparkline.js";
import { now } from "../../live.js";

/** How long ago the newest of a series came, in ms; null where none has. */
export function ageOf(row) {
  return row.ingest_time === undefined ? null : now() - row.ingest_time;
}

/** Whether a series says nothing for longer than is usual with it. */
export function isStale(row) {
  const age = ageOf(row);
  return age !== null && age > (row.stale_after_ms ?? 30_000);
}

const parts = new Map();

function partsOf(row) {
  let known = parts.get(row.series);
  if (!known) parts.set(row.series, known = format.seriesParts(row.series));
  return known;
}

const FADE_MS = 600, CALM_MS = 2_000;
const still = matchMedia("(prefers-reduced-motion: reduce)");

// A new price fades in, at most every two seconds: it does not blink. In three steps: one in every frame costs as much again as all the rest.
function fade(cell) {
  const at = performance.now();
  if (still.matches || at - (cell.faded ?? -CALM_MS) < CALM_MS) return;
  cell.faded = at;
  cell.animate([{ backgroundColor: "var(--accent-soft)" }, { backgroundColor: "transparent" }], { duration: FADE_MS, easing: "steps(3, end)" });
}

function change(cell, value, flat = 0) {
  setClass(cell.firstChild, format.direction(value, flat));
  setText(cell.firstChild, value === undefined || value === null ? format.NONE : `${format.arrow(value, flat)} ${format.percent(value)}`);
}

const inner = (tag = "span", attributes = {}) => (cell) => cell.append(h(tag, attributes));

/** The columns, in their order. `toggleStar(series)` hears a star. */
export function columns(toggleStar) {
  return [
    {
      key: "series", title: "Series", head: true, fields: ["firing"], sort: (row) => `${partsOf(row).symbol} ${partsOf(row).source}`,
      make(cell, row) {
        const { source, symbol } = partsOf(row);
        cell.append(
          h("button", { class: "star", type: "button", onclick: () => toggleStar(row.series) }, icon("star")),
          h("a", { href: href("trend", row.series), class: "symbol" }, symbol), " ", h("span", { class: "source muted", title: row.series }, source),
          h("span", { class: "bell warn" }, icon("alerts"), h("span")));
      },
      draw(cell, row) {
        const starred = settings.get("stars").includes(row.series);
        setAttribute(cell.children[0], "aria-pressed", String(starred));
        setAttribute(cell.children[0], "aria-label", `${starred ? "Unstar" : "Star"} ${row.series}`);
        const bell = cell.children[3];
        bell.hidden = !row.firing;
        if (row.firing) {
          setText(bell.lastChild, String(row.firing));
          setAttribute(bell, "title", format.count(row.firing, "alert fires", "alerts fire"));
        }
      },
    },
    {
      key: "price", title: "Price", number: true, fields: ["price", "decimals"], sort: (row) => row.price,
      make: inner(),
      draw(cell, row) {
        const text = row.price === undefined ? "no trade yet" : format.price(row.price, row.decimals);
        const first = !cell.firstChild.firstChild;
        setClass(cell.firstChild, row.price === undefined ? "muted" : "price");
        if (setText(cell.firstChild, text) && !first) fade(cell);
      },
    },
    {
      key: "age", title: "Age", number: true, fields: ["ingest_time", "stale_after_ms", "time"], sort: ageOf, about: "Since the newest trade or quote reached CryptoStream",
      make: (cell, row) => cell.append(h("span"), h("span", { class: "where" }, `${partsOf(row).source}, `)),
      draw(cell, row) {
        const age = ageOf(row), stale = isStale(row), text = cell.firstChild;
        setClass(text, stale ? "bad strong" : "muted");
        setText(text, age === null ? format.NONE : stale ? `⚠ ${format.age(age)}, stale` : format.age(age));
        // The title costs a format per row: it is written when somebody points at it.
        text.onpointerenter = () => setAttribute(text, "title", `of ${format.full(row.time)}, here ${format.full(row.ingest_time)}`);
      },
    },
    {
      key: "change", title: "24 h", number: true, fields: ["change_24h_pct", "since_24h"], sort: (row) => row.change_24h_pct,
      make: (cell) => cell.append(h("span"), h("small", { class: "since muted" })),
      draw(cell, row) {
        change(cell, row.change_24h_pct);
        setText(cell.lastChild, row.since_24h === undefined ? "" : `since ${format.minute(row.since_24h)}`);
        setAttribute(cell, "title", row.since_24h === undefined ? null : `The history here begins ${format.full(row.since_24h)}`);
      },
    },
    {
      key: "turnover", title: "Turnover", number: true, fields: ["turnover_24h"], sort: (row) => row.turnover_24h, about: "Of 24 h, in units of the quote currency",
      make: inner(), draw: (cell, row) => setText(cell.firstChild, format.thin(row.turnover_24h)),
    },
    {
      key: "spark", title: "Last hour", fields: ["spark"], make: (cell) => cell.append(sparkline()),
      draw: (cell, row) => drawSparkline(cell.firstChild, row.spark),
    },
    {
      key: "trend", title: "Trend 6 m", number: true, fields: ["trend"], sort: (row) => row.trend?.change_pct, about: "The last minute's average against that six minutes before",
      make: inner(), draw: (cell, row) => change(cell, row.trend?.change_pct, 0.01),
    },
    {
      key: "rsi", title: "RSI 14", fields: ["indicators"], sort: (row) => row.indicators?.rsi_14,
      make: (cell) => cell.append(h("span", { class: "meter", "aria-hidden": "true" }, h("i")), h("span")),
      draw(cell, row) {
        const rsi = row.indicators?.rsi_14, known = typeof rsi === "number";
        cell.firstChild.hidden = !known;
        if (known) cell.firstChild.firstChild.style.width = `${Math.round(rsi)}%`;
        setClass(cell.firstChild, `meter${known && (rsi < 30 || rsi > 70) ? " beyond" : ""}`);
        setText(cell.lastChild, known ? format.number(rsi) : format.NONE);
      },
    },
    {
      key: "next", title: "Next minute", fields: ["prediction"], sort: (row) => row.prediction?.probability, about: "What the default model says, with the probability of it",
      make: inner(),
      draw(cell, row) {
        const said = row.prediction, up = said?.prediction === 1;
        setText(cell.firstChild, said ? "" : format.NONE);
        if (!said) return;
        cell.firstChild.append(h("span", { class: up ? "up" : "down" }, up ? "▲" : "▼"), ` ${format.number(up ? said.probability : 1 - said.probability, 2)}`);
      },
    },
    {
      key: "lead", title: "Right, lead", number: true, fields: ["score"], sort: (row) => row.score?.lead, about: "How often the model was right, and its lead over the best rule in points",
      make: (cell) => cell.append(h("span"), " ", h("span", { class: "tag" })),
      draw(cell, row) {
        const score = row.score, tag = cell.lastChild;
        setText(cell.firstChild, score ? format.share(score.accuracy) : format.NONE);
        tag.hidden = !score;
        if (!score) return;
        setText(tag, format.signed(score.lead, 1));
        setClass(tag, `tag ${score.lead >= 0.5 ? "ok" : score.lead <= -0.5 ? "warn" : ""}`.trim());
        setAttribute(cell, "title", `n = ${format.number(score.count)}; ${score.best_rule} is right in ${format.share(score.best_accuracy)}`);
      },
    },
  ];
}
