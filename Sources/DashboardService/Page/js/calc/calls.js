// What a model said minute by minute, and whether it came true. Without DOM.
//
// A minute's prediction is decided by a later minute, whose score says how; of ticks there are many a minute, told together.

const MINUTE = 60_000;

/** Scores by `model version as_of`, for `callsOf`. */
export function scoresByMinute(records) {
  return new Map(records.map((record) => [key(record, record.as_of), record]));
}

const key = ({ model, version }, time) => `${model} ${version} ${time}`;

/**
 * Predictions as one call for each minute and model, by time: {time: the minute's start, model, version, up, probability of `up`,
 * count: predictions in it, agreed: how many said so, right: true, false or null where it is not decided, share: right of those decided}.
 */
export function callsOf(predictions, scores) {
  const groups = new Map();
  for (const one of predictions) {
    const time = Math.floor((one.event_time - (one.kind === "window" ? 1 : 0)) / MINUTE) * MINUTE, name = key(one, time);
    const group = groups.get(name);
    if (!group) groups.set(name, { first: one, time, ups: one.prediction, sum: one.probability, count: 1 });
    else {
      group.ups += one.prediction;
      group.sum += one.probability;
      group.count += 1;
    }
  }
  return [...groups.values()].map((group) => call(group, scores)).sort((a, b) => a.time - b.time);
}

function call({ first, time, ups, sum, count }, scores) {
  const up = ups * 2 >= count, mean = sum / count;
  // A minute's prediction is made at its end and decided at the end of its horizon; ticks' ones in their own minute.
  const decidedAt = first.kind === "window" ? first.event_time + (first.horizon_ms ?? MINUTE) : time + MINUTE;
  const score = scores.get(key(first, decidedAt)), isOwn = score && (first.kind !== "window" || score.count === 1);
  return {
    time, model: first.model, version: first.version, kind: first.kind, up, probability: up ? mean : 1 - mean, count, agreed: up ? ups : count - ups,
    right: isOwn ? score.accuracy > 0.5 : null, decided: isOwn ? score.count : 0, share: isOwn ? score.accuracy : null,
  };
}

/** A call in words: `higher, 61 % sure: right`, `12 of 15 said higher: 9 of 14 right`. */
export function callText(one) {
  const way = one.up ? "higher" : "lower";
  if (one.kind === "window") return `${way}, ${Math.round(one.probability * 100)} % sure: ${one.right === null ? "not decided" : one.right ? "right" : "wrong"}`;
  return `${one.agreed} of ${one.count} said ${way}: ${one.decided ? `${Math.round(one.share * one.decided)} of ${one.decided} right` : "not decided"}`;
}
