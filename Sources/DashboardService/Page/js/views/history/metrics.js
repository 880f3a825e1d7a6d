// What History can draw of a candle: {key, label, unit(series), kind, value(candle), format}.
import * as format from "../../format.js";

export const METRICS = [
  { key: "price", label: "Price", kind: "area", unit: quote, value: (candle) => candle.close, isPrice: true, what: "closes" },
  { key: "candles", label: "Candles", kind: "candles", unit: quote, isPrice: true, what: "candles" },
  { key: "vwap", label: "Average price by volume", kind: "line", unit: quote, value: (candle) => (candle.volume > 0 && candle.amount > 0 ? candle.amount / candle.volume : null), isPrice: true, what: "averages" },
  { key: "volume", label: "Volume", kind: "bars", unit: base, value: (candle) => candle.volume, format: format.thin, what: "sums" },
  { key: "turnover", label: "Turnover", kind: "bars", unit: quote, value: (candle) => candle.amount, format: format.thin, what: "sums" },
  { key: "count", label: "Trades", kind: "bars", unit: () => "trades", value: (candle) => candle.count, format: format.thin, what: "counts" },
  { key: "bought", label: "Bought share", kind: "line", unit: () => "% of volume with a side", value: (candle) => (candle.buy + candle.sell > 0 ? (100 * candle.buy) / (candle.buy + candle.sell) : null), format: (value) => format.number(value, 1), level: 50, what: "shares" },
  { key: "range", label: "High less low", kind: "line", unit: () => "% of the close", value: (candle) => (candle.close ? (100 * (candle.high - candle.low)) / candle.close : null), format: (value) => format.number(value, 3), what: "ranges" },
];

function quote(series) {
  return format.seriesParts(series).quote;
}

function base(series) {
  return format.seriesParts(series).base;
}
