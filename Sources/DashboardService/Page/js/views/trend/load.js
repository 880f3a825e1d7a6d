// What the Trend view shows of one series and step: candles, indicators, gaps, alerts and predictions, and how new ones join.
import { scoresByMinute } from "../../calc/calls.js";
import { candleOf, candlesOf, LiveCandles, MINUTE, bucketOf } from "../../calc/candles.js";
import { mergedGaps } from "../../calc/gaps.js";
import { indicatorsOf } from "../../calc/indicators.js";

const INDICATORS = ["sma_20", "ema_12", "rsi_14", "macd", "macd_signal", "macd_histogram", "bollinger_upper", "bollinger_lower", "atr_14"];
/** A prediction less sure than this is no marker: a chart with an arrow at each minute says nothing. */
export const SURE = 0.6;

/** Of ticks there may be four a second. */
const MOST_PREDICTIONS = 4_000;

/** Asks for everything at once. Candles have to come; where another part does not, `missing` says which. */
export async function load({ get }, series, { step, count }, now, signal) {
  const from = bucketOf(now, step) - (count - 1) * step, to = bucketOf(now, MINUTE), ask = { signal };
  const missing = [];
  const optional = (what, promise) => promise.catch((error) => {
    if (signal?.aborted) throw error;
    missing.push({ what, error });
    return null;
  });
  const rows = (table, query) => get(`api/rows/${table}`, { series, from, to: now + MINUTE, order: "oldest", limit: 10_000, ...query }, ask);
  const [answer, minutes, indicators, alerts, predictions, scores] = await Promise.all([
    get("api/candles", { series, from, to, step }, ask),
    step === MINUTE ? null : get("api/candles", { series, from: bucketOf(now, step), to: to + 1, step: MINUTE }, ask),
    step === MINUTE ? optional("indicators", rows("indicators", { columns: ["as_of", ...INDICATORS].join(",") })) : null,
    optional("alerts", rows("alerts", { columns: "rule,state,as_of,severity,summary,value", order: "newest", limit: 200 })),
    step === MINUTE ? optional("predictions", rows("predictions", { columns: "event_time,prediction,probability,model,version,kind,horizon_ms", match: "default:true", order: "newest", limit: 2_000 })) : null,
    step === MINUTE ? optional("scores", rows("scores", { columns: "as_of,model,version,count,accuracy", order: "newest", limit: 2_000 })) : null,
  ]);
  const live = new LiveCandles(step, candlesOf(answer), minutes ? candlesOf(minutes) : []);
  return {
    series, step, from, live, missing, answer,
    gaps: mergedGaps(answer.gaps ?? []),
    indicators: indicators ? objects(indicators).map((row) => ({ ...row, time: row.as_of - MINUTE })) : null,
    alerts: alerts ? objects(alerts).filter((row) => row.state === "firing") : [],
    predictions: predictions ? objects(predictions) : [],
    scores: scoresByMinute(scores ? objects(scores) : []),
  };
}

/** Rows of `/api/rows` as objects, their JSON columns read. */
export function objects(answer) {
  return answer.rows.map((row) => Object.fromEntries(answer.columns.map((name, index) => [name, row[index]])));
}

/** The indicators of each candle: those of the processor for minutes, else calculated from the candles that are shown. */
export function indicatorsFor(data) {
  return data.indicators?.length ? data.indicators : indicatorsOf(data.live.candles);
}

/** Takes what the stream said of the series: {candles: changed ones, indicators, reload: whether a candle's other minutes are not known, markers}. */
export function join(data, change, row) {
  const joined = { candles: [], indicators: [], reload: false, markers: false };
  const take = (window) => {
    const minute = window && window.type === "tumbling" ? candleOf(window) : null, candle = minute && data.live.take(minute);
    if (candle === undefined && minute) joined.reload = true;
    else if (candle) joined.candles.push(candle);
  };
  for (const { name, data: said } of change.events) {
    if (`${said.source}:${said.symbol}` !== data.series) continue;
    if (name === "window") take(said);
    else if (name === "indicators" && data.indicators) joined.indicators.push({ ...said, time: said.as_of - MINUTE });
    else if (name === "gap" && said.gap_from) {
      data.gaps = mergedGaps([...data.gaps, { from: said.gap_from, to: said.gap_to, reason: said.reason }]);
      joined.markers = true;
    } else if (name === "alert" && said.state === "firing") joined.markers = Boolean(data.alerts.push(said));
    else if (name === "prediction" && said.default) {
      data.predictions.push(said);
      if (data.predictions.length > MOST_PREDICTIONS) data.predictions.splice(0, data.predictions.length - MOST_PREDICTIONS);
      joined.markers = true;
    }
    else if (name === "score") data.scores.set(`${said.model} ${said.version} ${said.as_of}`, said);
  }
  // The newest final minute may have come on the stream before the store had it.
  if (change.snapshot) take(row?.final);
  if (change.snapshot || change.rows.get(data.series)?.has("live")) take(row?.live);
  if (data.indicators) data.indicators.push(...joined.indicators.filter((one) => one.time > (data.indicators.at(-1)?.time ?? 0)));
  return joined;
}
