// What the view knows of alerts: those now, the rules, the silences. Asked once, then again when the stream says something new.
import { get, post, remove } from "../../api.js";
import * as live from "../../live.js";
import { durationMs } from "./expression.js";

const ORDER = ["critical", "warning", "info"];
/** What is pending is known to the alerter alone: it is asked after a final minute, at most so often. */
const REST_MS = 10_000;

/** The worst first: firing before pending, then by severity, then the newest. */
export function worstFirst(a, b) {
  const rank = (alert) => (alert.state === "firing" ? 0 : 10) + (ORDER.indexOf(severityOf(alert)) + 4) % 4;
  return rank(a) - rank(b) || b.since - a.since;
}

/** An alert's severity; most have it as a label. */
export function severityOf(alert) {
  return alert.severity ?? alert.labels?.severity ?? "";
}

/** The name of a rule, however it is told. */
export function nameOf(rule) {
  return rule.name ?? rule.alert;
}

/** The book. `changed()` is called whenever something in it is another. */
export function alertBook(changed) {
  let askedAt = 0, ended = false;
  const book = {
    alerts: [], rules: null, silences: null, error: null, loaded: false,
    rule: (name) => book.rules?.find((rule) => nameOf(rule) === name) ?? null,
    /** How long a rule must hold before it fires, in ms. */
    waitMs: (name) => durationMs(book.rule(name)?.for),
    async load() {
      const rules = get("api/rules").then((said) => { book.rules = said.rules ?? []; }, () => { book.rules = null; });
      const silences = get("api/silences").then((said) => { book.silences = said.silences ?? []; }, () => { book.silences = null; });
      await Promise.all([book.ask(), rules, silences]);
      book.loaded = true;
      if (!ended) changed();
    },
    /** Asks for the alerts now; without the alerter those that fire are known from their topic. */
    async ask() {
      askedAt = Date.now();
      try {
        book.alerts = (await get("api/alerts")).alerts ?? [];
        book.error = null;
      } catch (error) {
        book.error = error;
        book.alerts = live.state.alerts;
      }
      book.alerts = [...book.alerts].sort(worstFirst);
      if (!ended && book.loaded) changed();
    },
    /** Takes what the stream said. */
    hear(change) {
      if (!book.loaded) return;
      let ask = change.snapshot;
      for (const { name, data } of change.events) {
        if (name === "alert") ask = true;
        if (name === "window" && Date.now() - askedAt > REST_MS) ask = true;
        if (name !== "silence") continue;
        const others = (book.silences ?? []).filter((silence) => silence.id !== data.id);
        book.silences = data.deleted ? others : [...others, data];
        changed();
      }
      if (book.error && change.tick && Date.now() - askedAt > REST_MS) ask = true;
      if (ask) book.ask();
    },
    silence: async (said) => {
      const made = await post("api/silences", said);
      if (made?.id && !book.silences?.some((one) => one.id === made.id)) book.silences = [...(book.silences ?? []), made];
      changed();
    },
    async endSilence(id) {
      await remove(`api/silences/${encodeURIComponent(id)}`);
      book.silences = book.silences.filter((silence) => silence.id !== id);
      changed();
    },
    /** Silences that have not ended, those that end first first. */
    lasting: () => (book.silences ?? []).filter((silence) => silence.until > live.now()).sort((a, b) => a.until - b.until),
    close() { ended = true; },
  };
  return book;
}
