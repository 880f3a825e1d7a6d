// How a model did over a span, out of the minutes of score/1. Without DOM.
//
// Minutes add up as config/MODELS.md says: counts and bins as they are, means weighed by `count`.

const BINS = 1024;
const SUMS = ["decided_up", "true_positives", "false_positives"];

/** The records of one model and version as one score; null of none. `shares` has the training's share of each bin, by feature. */
export function pooled(records, shares = {}) {
  if (!records.length) return null;
  const zeros = new Float64Array(BINS), ones = new Float64Array(BINS), features = {};
  const sum = { count: 0, decided_up: 0, true_positives: 0, false_positives: 0 };
  const means = { accuracy: 0, log_loss: 0, brier: 0 }, rules = {};
  for (const record of records) {
    const count = record.count;
    sum.count += count;
    for (const name of SUMS) sum[name] += record[name] ?? 0;
    for (const name of Object.keys(means)) means[name] += count * (record[name] ?? 0);
    for (const [rule, of] of Object.entries(record.baselines ?? {})) {
      const so = (rules[rule] ??= { count: 0, accuracy: 0, log_loss: 0 });
      so.count += count;
      so.accuracy += count * of.accuracy;
      so.log_loss += count * of.log_loss;
    }
    addBins(record, zeros, ones, features);
  }
  for (const name of Object.keys(means)) means[name] /= sum.count;
  for (const rule of Object.values(rules)) {
    rule.accuracy /= rule.count;
    rule.log_loss /= rule.count;
  }
  return {
    ...sum, ...means, base_rate: sum.decided_up / sum.count, balanced_accuracy: balanced(sum), rules,
    auc: areaUnderCurve(zeros, ones), zeros, ones, psi: stability(features, shares),
    from: records[0].as_of - (records[0].span_ms ?? 60_000), to: records.at(-1).as_of,
  };
}

function addBins(record, zeros, ones, features) {
  for (const [bin, zero, one] of record.probability_bins ?? []) {
    if (bin < 0 || bin >= BINS) continue;
    zeros[bin] += zero;
    ones[bin] += one;
  }
  for (const [feature, bins] of Object.entries(record.feature_bins ?? {})) {
    const counts = (features[feature] ??= []);
    for (const [bin, values] of bins) counts[bin] = (counts[bin] ?? 0) + values;
  }
}

function balanced(sum) {
  const zeros = sum.count - sum.decided_up, shares = [];
  if (sum.decided_up) shares.push(sum.true_positives / sum.decided_up);
  if (zeros) shares.push(1 - sum.false_positives / zeros);
  return shares.reduce((total, share) => total + share, 0) / shares.length;
}

/** The share of pairs of a one and a zero in which the one has the higher bin, half where both have the same; null of one class. */
export function areaUnderCurve(zeros, ones) {
  let below = 0, pairs = 0, allOnes = 0;
  for (let bin = 0; bin < zeros.length; bin += 1) {
    pairs += ones[bin] * (below + zeros[bin] / 2);
    below += zeros[bin];
    allOnes += ones[bin];
  }
  return below && allOnes ? pairs / (below * allOnes) : null;
}

/** The population stability index by feature: shares below 1e-4 are taken as that. Features without a training share are left out. */
export function stability(counts, shares) {
  const index = {};
  for (const [feature, live] of Object.entries(counts)) {
    const trained = shares[feature];
    if (!trained?.length) continue;
    const total = trained.reduce((sum, _, bin) => sum + (live[bin] ?? 0), 0);
    if (!total) continue;
    index[feature] = trained.reduce((sum, share, bin) => {
      const now = Math.max((live[bin] ?? 0) / total, 1e-4), then = Math.max(share, 1e-4);
      return sum + (now - then) * Math.log(now / then);
    }, 0);
  }
  return index;
}

/** The rule that does best by a measure: the highest accuracy, or the lowest log loss. */
export function bestRule(score, measure = "accuracy") {
  const names = Object.keys(score.rules);
  if (!names.length) return null;
  const sign = measure === "accuracy" ? 1 : -1;
  return names.reduce((best, name) => (sign * (score.rules[name][measure] - score.rules[best][measure]) > 0 ? name : best));
}

/** The lead over a rule in points of accuracy, with 95 % of it where there are ten blocks: hours, else minutes, since neighbours are not independent. */
export function lead(records, rule) {
  const paired = records.filter((record) => record.baselines?.[rule]);
  const count = paired.reduce((sum, record) => sum + record.count, 0);
  if (!count) return null;
  const difference = (record) => record.accuracy - record.baselines[rule].accuracy;
  const mean = paired.reduce((sum, record) => sum + record.count * difference(record), 0) / count;
  const hours = blockSums(paired, difference, mean, 3_600_000);
  const minutes = hours.length >= 10 ? hours : blockSums(paired, difference, mean, 60_000);
  const answer = { points: mean * 100, count, blocks: minutes.length, by: hours.length >= 10 ? "hours" : "minutes" };
  if (minutes.length < 10) return answer;
  const squares = minutes.reduce((sum, block) => sum + block * block, 0);
  const error = (Math.sqrt((squares * minutes.length) / (minutes.length - 1)) / count) * 100;
  return { ...answer, low: answer.points - 1.96 * error, high: answer.points + 1.96 * error };
}

// What each block is away from the mean: its sum of count x (difference - mean).
function blockSums(records, difference, mean, length) {
  const blocks = new Map();
  for (const record of records) {
    const block = Math.floor((record.as_of - 1) / length);
    blocks.set(block, (blocks.get(block) ?? 0) + record.count * (difference(record) - mean));
  }
  return [...blocks.values()];
}

/** Accuracy and log loss of the last `span` at each `step`, of the model and of each rule; null where nothing was decided in it. */
export function rolling(records, span, step) {
  if (!records.length) return [];
  const points = [], end = records.at(-1).as_of;
  let first = 0, next = 0;
  for (let time = Math.ceil(records[0].as_of / step) * step; time <= end + step - 1; time += step) {
    while (next < records.length && records[next].as_of <= time) next += 1;
    while (first < next && records[first].as_of <= time - span) first += 1;
    points.push({ time, ...meansOf(records, first, next) });
  }
  return points;
}

function meansOf(records, first, next) {
  let count = 0, accuracy = 0, loss = 0;
  const rules = {};
  for (let index = first; index < next; index += 1) {
    const record = records[index];
    count += record.count;
    accuracy += record.count * record.accuracy;
    loss += record.count * record.log_loss;
    for (const [rule, of] of Object.entries(record.baselines ?? {})) {
      const so = (rules[rule] ??= { count: 0, accuracy: 0, log_loss: 0 });
      so.count += record.count;
      so.accuracy += record.count * of.accuracy;
      so.log_loss += record.count * of.log_loss;
    }
  }
  for (const rule of Object.values(rules)) {
    rule.accuracy /= rule.count;
    rule.log_loss /= rule.count;
  }
  return { count, accuracy: count ? accuracy / count : null, log_loss: count ? loss / count : null, rules };
}
