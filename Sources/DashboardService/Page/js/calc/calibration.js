// Whether probabilities mean what they say, out of the 1,024 bins of score/1. Without DOM.

const BINS = 1024;

/** Groups of neighbouring bins that hold about as many predictions each: what was said (mean), what happened (share of ones), with 95 % of it. */
export function calibration(zeros, ones, wanted = 10) {
  const total = sum(zeros) + sum(ones), groups = [];
  if (!total) return groups;
  let group = newGroup();
  for (let bin = 0; bin < BINS; bin += 1) {
    const count = zeros[bin] + ones[bin];
    if (!count) continue;
    if (!group.count) group.from = bin / BINS;
    group.to = (bin + 1) / BINS;
    group.count += count;
    group.ones += ones[bin];
    group.said += (count * (bin + 0.5)) / BINS;
    if (group.count >= total / wanted) {
      groups.push(closed(group));
      group = newGroup();
    }
  }
  if (group.count) groups.push(closed(group));
  return groups;
}

function newGroup() {
  return { from: 0, to: 0, count: 0, ones: 0, said: 0 };
}

function closed(group) {
  const happened = group.ones / group.count;
  return { ...group, said: group.said / group.count, happened, ...wilson(group.ones, group.count) };
}

/** 95 % of a share by Wilson's interval, which stays within 0 and 1. */
export function wilson(ones, count) {
  const z = 1.96, share = ones / count, divisor = 1 + (z * z) / count;
  const middle = (share + (z * z) / (2 * count)) / divisor;
  const half = (z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))) / divisor;
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** How far what was said lies from what happened, in the mean of all predictions. */
export function calibrationError(groups) {
  const total = groups.reduce((count, group) => count + group.count, 0);
  return total ? groups.reduce((error, group) => error + group.count * Math.abs(group.said - group.happened), 0) / total : null;
}

/** How often each probability was said, in parts of equal width, and the mean volume of the minutes in which they were decided. */
export function distribution(records, volumeAt, parts = 20) {
  const groups = Array.from({ length: parts }, (_, part) => ({
    from: part / parts, to: (part + 1) / parts, count: 0, volume: 0, known: 0,
  }));
  for (const record of records) {
    const volume = volumeAt(record.as_of - (record.span_ms ?? 60_000));
    for (const [bin, zeros, ones] of record.probability_bins ?? []) {
      const group = groups[Math.min(parts - 1, Math.floor((bin * parts) / BINS))];
      group.count += zeros + ones;
      if (typeof volume !== "number") continue;
      group.known += zeros + ones;
      group.volume += volume * (zeros + ones);
    }
  }
  for (const group of groups) group.volume = group.known ? group.volume / group.known : null;
  const first = groups.findIndex((group) => group.count), last = groups.findLastIndex((group) => group.count);
  return first < 0 ? [] : groups.slice(first, last + 1);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
