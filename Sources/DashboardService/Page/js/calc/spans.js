// Spans of history: which step gives a chart enough points and not too many. Without DOM.

const SECOND = 1_000, MINUTE = 60_000, HOUR = 3_600_000;
const STEPS = [1, 2, 5, 10, 15, 30].map((n) => n * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), [1, 2, 4, 12, 24].map((n) => n * HOUR));
/** Spans up to this are answered from ticks, longer ones from final minutes. */
export const TICKS_UP_TO = 6 * HOUR;
const MOST_POINTS = 1_500;

/** The shortest step that makes at most 1,500 points of a span; whole minutes above six hours. */
export function stepFor(span) {
  const least = span > TICKS_UP_TO ? MINUTE : SECOND;
  return STEPS.find((step) => step >= least && span / step <= MOST_POINTS) ?? Math.ceil(span / MOST_POINTS / (24 * HOUR)) * 24 * HOUR;
}

/** A step in words: `5 s`, `10 min`, `4 h`, `1 d`. */
export function stepText(step) {
  if (step < MINUTE) return `${step / SECOND} s`;
  if (step < HOUR) return `${step / MINUTE} min`;
  return step % (24 * HOUR) ? `${step / HOUR} h` : `${step / HOUR / 24} d`;
}

/** The span that somebody asked for: hours back from now, or from and to; null with the reason where that is none. */
export function spanOf({ hours, from, to }, now) {
  if (from !== null && to !== null) {
    if (!(from < to)) return { problem: "The beginning has to lie before the end." };
    if (from > now) return { problem: "The beginning lies in the future." };
    return { from, to: Math.min(to, now) };
  }
  const span = Math.min(168, Math.max(1, hours)) * HOUR;
  return { from: now - span, to: now };
}
