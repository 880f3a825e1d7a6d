// What is missing in a span: gaps that a feed reported, and buckets in which nobody traded. Without DOM.

/** Gaps by time, those that touch made one; the reasons are kept, each once. */
export function mergedGaps(gaps) {
  const sorted = gaps.filter((gap) => gap.to > gap.from).sort((a, b) => a.from - b.from);
  const merged = [];
  for (const gap of sorted) {
    const last = merged.at(-1), reason = gap.reason ?? "";
    if (!last || gap.from > last.to) {
      merged.push({ from: gap.from, to: gap.to, reason });
      continue;
    }
    last.to = Math.max(last.to, gap.to);
    if (reason && !last.reason.split(", ").includes(reason)) last.reason += (last.reason ? ", " : "") + reason;
  }
  return merged;
}

/** All starts of a step from the bucket of `from` up to and with that of `to`. */
export function timeline(from, to, step) {
  const times = [];
  for (let time = Math.floor(from / step) * step; time <= to; time += step) times.push(time);
  return times;
}

/** Whether a gap overlaps from ≤ time < to; gaps are sorted and do not touch. */
export function gapBetween(gaps, from, to) {
  return gaps.find((gap) => gap.from < to && gap.to > from) ?? null;
}

/** For each point of a line, whether the line has to end there: a gap took the buckets before the next point, or the next value is not known. */
export function breaks(points, gaps, step) {
  let newest = 0;
  return points.map((point, index) => {
    const following = points[index + 1];
    if (!following) return false;
    if (!isNumber(following.value)) return true;
    // Of two neighbouring buckets none is missing: there the incomplete candle says it.
    if (following.time - point.time <= step) return false;
    while (newest < gaps.length && gaps[newest].to <= point.time + step) newest += 1;
    return newest < gaps.length && gaps[newest].from < following.time;
  });
}

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** Runs of buckets that have no candle and lie in no gap: nobody traded. */
export function emptyRuns(candles, gaps, step) {
  const runs = [];
  for (let index = 1; index < candles.length; index += 1) {
    let run = null;
    for (let start = candles[index - 1].start + step; start < candles[index].start; start += step) {
      if (gapBetween(gaps, start, start + step)) {
        run = null;
        continue;
      }
      if (run) run.to += step;
      else runs.push((run = { from: start, to: start + step }));
    }
  }
  return runs.map((run) => ({ ...run, count: Math.round((run.to - run.from) / step) }));
}

/** How much of a span lies in gaps, in ms. */
export function missingMs(gaps, from, to) {
  return gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from)), 0);
}
