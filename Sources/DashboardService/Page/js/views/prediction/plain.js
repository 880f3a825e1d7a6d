// Calibration, how often each probability was said, and drift by feature.
import { calibration, calibrationError, distribution } from "../../calc/calibration.js";
import { stability } from "../../calc/scores.js";
import { plainCard } from "../../charts/plain-card.js";
import * as format from "../../format.js";
import { ACT, WATCH } from "./strip.js";

const NOTHING = { title: "Nothing decided yet", line: "A prediction counts when what it was about has come.", icon: "prediction" };
// On an axis 50 and 100, not 50.0 and 100.
const tick = (value) => (Math.abs(value) < 1000 ? format.plain(value) : format.thin(value));
const spanText = (of) => `${of.model} on ${of.data.series}, ${format.dateTime(of.data.from)} to ${format.dateTime(of.data.now)} ${format.zoneName(of.data.now)}`;

/** What was said against what happened, in ten groups of about as many predictions; a perfect model lies on the diagonal. */
export function calibrationCard() {
  let of = null, groups = [];
  const card = plainCard({
    title: "Calibration", note: "said against happened", span: 4, about: () => ({ title: "Calibration", subtitle: spanText(of), name: `calibration-${of.data.series}` }), rows: () => groups,
    columns: [
      { title: "Said", number: true, text: (group) => format.number(group.said, 3), value: (group) => group.said }, { title: "Happened", number: true, text: (group) => format.number(group.happened, 3), value: (group) => group.happened },
      { title: "95 % of it", number: true, text: (group) => `${format.number(group.low, 2)} to ${format.number(group.high, 2)}` }, { title: "n", number: true, text: (group) => format.number(group.count), value: (group) => group.count },
    ],
  });
  function show(data, model, score) {
    of = { data, model };
    groups = score ? calibration(score.zeros, score.ones) : [];
    if (!groups.length) return card.card.empty(NOTHING);
    const low = Math.floor(Math.min(...groups.map((group) => Math.min(group.said, group.happened))) * 10) / 10;
    const high = Math.ceil(Math.max(...groups.map((group) => Math.max(group.said, group.happened))) * 10) / 10;
    const finding = `What was said and what happened lie ${format.number(calibrationError(groups) * 100, 1)} points apart in the mean, n = ${format.number(score.count)}. Whiskers hold 95 %.`;
    return card.show((palette) => ({
      type: "scatter",
      data: { datasets: [
        { data: groups.map((group) => ({ x: group.said, y: group.happened })), showLine: true, borderColor: palette.s1, backgroundColor: palette.s1, pointRadius: 4, borderWidth: 2, tension: 0 },
        { data: [{ x: low, y: low }, { x: high, y: high }], showLine: true, borderColor: palette.muted, borderDash: [4, 4], borderWidth: 1, pointRadius: 0 },
      ] },
      options: {
        scales: { x: { min: low, max: high, title: { text: "said" }, ticks: { maxTicksLimit: 7 } }, y: { min: low, max: high, title: { text: "happened" }, ticks: { maxTicksLimit: 7 } } },
        plugins: { tooltip: { filter: (item) => item.datasetIndex === 0, callbacks: { label: (item) => [`said ${format.number(item.raw.x, 3)}, happened ${format.number(item.raw.y, 3)}`, `n = ${format.number(groups[item.dataIndex].count)}`] } } },
      },
      plugins: [whiskers(groups, palette)],
    }), finding);
  }
  return { ...card, show };
}

function whiskers(groups, palette) {
  return {
    id: "whiskers",
    beforeDatasetsDraw({ ctx, scales: { x, y }, chartArea: area }) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(area.left, area.top, area.width, area.height);
      ctx.clip();
      ctx.strokeStyle = `${palette.s1}80`;
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      for (const group of groups) {
        const at = x.getPixelForValue(group.said);
        ctx.moveTo(at, y.getPixelForValue(group.low));
        ctx.lineTo(at, y.getPixelForValue(group.high));
      }
      ctx.stroke();
      ctx.restore();
    },
  };
}

/** How often each probability was said, and how much was traded in the minutes that decided it. */
export function distributionCard() {
  let of = null, groups = [];
  const label = (group) => format.number(group.from, 2);
  const card = plainCard({
    title: "How often, how much", span: 4, about: () => ({ title: "How often each probability was said, and mean volume", subtitle: spanText(of), name: `probabilities-${of.data.series}` }), rows: () => groups,
    columns: [
      { title: "Probability of higher", text: (group) => `${label(group)} to ${format.number(group.to, 2)}`, value: (group) => group.from },
      { title: "Predictions", number: true, text: (group) => format.number(group.count), value: (group) => group.count }, { title: "Mean volume", number: true, text: (group) => format.thin(group.volume), value: (group) => group.volume },
    ],
  });
  function show(data, model, records) {
    of = { data, model };
    const volumes = new Map(data.candles.map((candle) => [candle.start, candle.volume])), { base } = format.seriesParts(data.series);
    groups = distribution(records, (time) => volumes.get(time));
    if (!groups.length) return card.card.empty(NOTHING);
    const most = groups.reduce((best, group) => (group.count > best.count ? group : best)), sure = groups.filter((group) => group.to <= 0.4 || group.from >= 0.6).reduce((sum, group) => sum + group.count, 0);
    const all = groups.reduce((sum, group) => sum + group.count, 0);
    const finding = `Most often ${label(most)} to ${format.number(most.to, 2)}: ${format.number(most.count)} of ${format.number(all)}; ${format.share(sure / all)} were at least 60 % sure. Dotted: mean volume of the minute that decided it, ${base}${data.span > 86_400_000 ? ", newest 24 h" : ""}.`;
    return card.show((palette) => ({
      data: { labels: groups.map(label), datasets: [
        { type: "line", data: groups.map((group) => group.volume), yAxisID: "volume", borderColor: palette.s3, borderDash: [2, 4], borderWidth: 2, pointRadius: 0, tension: 0, spanGaps: false },
        { type: "bar", data: groups.map((group) => group.count), backgroundColor: groups.map((group) => `${palette[group.from >= 0.5 - 1e-9 ? "up" : "down"]}cc`), categoryPercentage: 1, barPercentage: 0.94 },
      ] },
      type: "bar",
      options: {
        scales: {
          x: { title: { text: "probability of higher" }, grid: { display: false }, ticks: { maxTicksLimit: 8 } }, y: { title: { text: "predictions" }, beginAtZero: true, ticks: { maxTicksLimit: 5, callback: tick } },
          volume: { position: "right", title: { text: base }, beginAtZero: true, grid: { display: false }, ticks: { maxTicksLimit: 5, callback: tick } },
        },
        plugins: { tooltip: { callbacks: { title: ([item]) => `${label(groups[item.dataIndex])} to ${format.number(groups[item.dataIndex].to, 2)}`, label: (item) => (item.datasetIndex ? `${format.number(item.raw)} predictions` : `mean volume ${format.thin(item.raw)} ${base}`) } } },
      },
    }), finding);
  }
  return { ...card, show };
}

// Of the clock a few hours always hold a part only: it is drawn, and counts for nothing.
const CLOCK = new Set(["hour"]);

/** The drift of the last six hours by feature: {features, worst, count, noise} from the bins of its minutes and the training's shares, or {why} not. */
export function driftOf(bins, shares) {
  if (!Object.keys(shares).length) return { why: "the card of this version is not served" };
  if (!bins.length) return { why: "nothing decided in the last 6 h" };
  const counts = {};
  for (const record of bins) {
    for (const [feature, list] of Object.entries(record.feature_bins ?? {})) {
      const sum = (counts[feature] ??= []);
      for (const [bin, values] of list) sum[bin] = (sum[bin] ?? 0) + values;
    }
  }
  const index = stability(counts, shares), features = Object.entries(index).map(([feature, psi]) => ({ feature, psi })).sort((a, b) => b.psi - a.psi);
  const count = bins.reduce((sum, record) => sum + record.count, 0);
  return features.length ? { features, worst: features.find((one) => !CLOCK.has(one.feature)), count, noise: 10 / count } : { why: "its features are in no bin" };
}

/** PSI by feature with its limits; of few predictions it is noise, and that is said. */
export function driftCard() {
  let of = null, drift = { features: [] };
  const card = plainCard({
    title: "Drift by feature", note: "PSI against the training set, last 6 h", span: 6, className: "drift", about: () => ({ title: "Drift by feature, PSI against the training set", subtitle: `${of.model} on ${of.data.series}, the six hours before ${format.full(of.data.now)}`, name: `drift-${of.data.series}` }), rows: () => drift.features ?? [],
    columns: [{ title: "Feature", text: (one) => one.feature }, { title: "PSI", number: true, text: (one) => format.number(one.psi, 3), value: (one) => one.psi }],
  });
  function show(data, model, now) {
    of = { data, model };
    drift = now;
    if (!drift.features) return card.card.empty({ title: "No drift to tell", line: `It is told from the last six hours' predictions and the model's card: ${drift.why}.`, icon: "prediction" });
    const { features, count, noise, worst } = drift, told = features.filter((one) => !CLOCK.has(one.feature)), above = told.filter((one) => one.psi > WATCH).length;
    const finding = `${above ? `${above} of ${told.length} features are` : "No feature is"} above ${WATCH}; ${worst?.feature} is furthest with ${format.number(worst?.psi, 3)}. `
      + (told.length < features.length ? "Of hour six hours always hold a part only: it is not counted. " : "")
      + `n = ${format.number(count)}${noise > WATCH / 2 ? `: so few make about ${format.number(noise, 2)} by chance` : ""}.`;
    return card.show((palette) => ({
      type: "bar",
      data: { labels: features.map((one) => one.feature), datasets: [{ data: features.map((one) => one.psi), backgroundColor: features.map((one) => `${palette[CLOCK.has(one.feature) ? "line-strong" : one.psi > ACT ? "bad" : one.psi > WATCH ? "warn" : "s1"]}cc`), maxBarThickness: 14, barPercentage: 0.8, categoryPercentage: 0.9 }] },
      options: {
        indexAxis: "y", layout: { padding: { top: 16 } },
        scales: { x: { beginAtZero: true, suggestedMax: ACT * 1.12, title: { text: "population stability index" }, ticks: { maxTicksLimit: 7 } }, y: { grid: { display: false }, ticks: { color: palette.text, autoSkip: false } } },
        plugins: { tooltip: { callbacks: { label: (item) => `PSI ${format.number(item.raw, 3)}` } } },
      },
      plugins: [limits(palette)],
    }), finding);
  }
  return { ...card, show };
}

function limits(palette) {
  return {
    id: "limits",
    afterDatasetsDraw({ ctx, scales: { x }, chartArea: area }) {
      ctx.save();
      ctx.font = `600 11px ${palette.font}`;
      ctx.textAlign = "center";
      for (const [value, text, colour] of [[WATCH, `watch ${WATCH}`, "warn"], [ACT, `act ${ACT}`, "bad"]]) {
        const at = x.getPixelForValue(value);
        ctx.strokeStyle = ctx.fillStyle = palette[colour];
        ctx.setLineDash([4, 4]);
        ctx.beginPath();
        ctx.moveTo(at, area.top);
        ctx.lineTo(at, area.bottom);
        ctx.stroke();
        ctx.fillText(text, at, area.top - 4);
      }
      ctx.restore();
    },
  };
}
