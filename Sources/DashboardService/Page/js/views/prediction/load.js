// What the Prediction view reads: scores of a span, the bins of the last hour, predictions, candles and the served models.
import { candlesOf } from "../../calc/candles.js";
import { mergedGaps } from "../../calc/gaps.js";
import { objects } from "../trend/load.js";

const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
const SCORES = "as_of,span_ms,model,version,count,decided_up,true_positives,false_positives,accuracy,log_loss,brier,baselines,probability_bins";
/** Drift is told from the last six hours: an hour of minutes is so few that chance alone makes an index of 0.2. */
export const DRIFT_MS = 6 * HOUR;
/** A page of rows is 10,000; seven days of minutes are two. */
const MOST_PAGES = 4;

/** Everything of a series and span; `model` as `name:version`, or empty for the one that answers by default. */
export async function load(api, series, span, model, now, signal) {
  const from = now - span, recent = Math.max(from, now - DAY), ask = { signal }, problems = {};
  const optional = (what, promise) => promise.catch((error) => {
    if (signal.aborted) throw error;
    problems[what] = error;
    return null;
  });
  const rows = (table, query) => api.get(`api/rows/${table}`, { series, to: now + MINUTE, order: "oldest", limit: 10_000, ...query }, ask);
  const [scores, bins, predictions, answer, served] = await Promise.all([
    allPages((after) => rows("scores", { from, columns: SCORES, after })),
    optional("bins", rows("scores", { from: now - DRIFT_MS, columns: "as_of,model,version,count,feature_bins" })),
    optional("predictions", rows("predictions", { from: recent, columns: "event_time,prediction,probability,model,version,kind,horizon_ms", order: "newest", limit: 3_000 })),
    optional("candles", api.get("api/candles", { series, from: Math.floor(recent / MINUTE) * MINUTE, to: now, step: MINUTE, by: "minutes" }, ask)),
    optional("models", api.get("api/model", undefined, ask)),
  ]);
  const records = scores.map(read);
  return {
    series, span, now, from, problems, records, models: modelsOf(served), noModel: served?.model === null ? served : null,
    bins: bins ? objects(bins).map(read) : [], predictions: predictions ? objects(predictions) : [],
    candles: answer ? candlesOf(answer) : [], gaps: mergedGaps(answer?.gaps ?? []), versions: versionsOf(records),
    chosen: model,
  };
}

async function allPages(page) {
  const list = [];
  let after;
  for (let turn = 0; turn < MOST_PAGES; turn += 1) {
    const answer = await page(after);
    list.push(...objects(answer));
    after = answer.next;
    if (!after) break;
  }
  return list.sort((a, b) => a.as_of - b.as_of);
}

const JSON_FIELDS = ["baselines", "probability_bins", "feature_bins", "psi"];

/** A score with its JSON columns read, which some stores keep as text. */
export function read(row) {
  for (const name of JSON_FIELDS) if (typeof row[name] === "string") row[name] = JSON.parse(row[name]);
  return row;
}

/** The models of `/model` as a list: one is the answer itself, several are an object by name, none is `{"model": null}`. */
export function modelsOf(served) {
  if (!served || served.model === null) return [];
  return typeof served.name === "string" ? [served] : Object.values(served).filter((one) => one && typeof one === "object");
}

// Versions that have scores in the span, the newest scored first.
function versionsOf(records) {
  const versions = new Map();
  for (const record of records) versions.set(`${record.model}:${record.version}`, record.as_of);
  return [...versions].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

/** The model that is shown: the chosen one, the default one where it has scores, else the newest that has. */
export function chosenModel(data, row) {
  const { versions, models, chosen } = data;
  if (chosen) return chosen;
  const said = row?.prediction && `${row.prediction.model}:${row.prediction.version}`, main = models.find((one) => one.default);
  return [said, main && `${main.name}:${main.version}`].find((key) => versions.includes(key)) ?? versions[0] ?? said ?? (main ? `${main.name}:${main.version}` : "");
}

/** The training's shares of a model's features, by name; empty where its card is not served. */
export function sharesOf(model) {
  return Object.fromEntries((model?.metrics?.features ?? []).filter((feature) => feature.spread).map((feature) => [feature.name, feature.spread.shares]));
}
