// The lengths of candles, how many of each are loaded, and what may be drawn over and under them.

export const STEPS = [
  { key: "1m", step: 60_000, count: 1_440, name: "one-minute" },
  { key: "5m", step: 300_000, count: 1_440, name: "five-minute" },
  { key: "15m", step: 900_000, count: 1_344, name: "fifteen-minute" },
  { key: "1h", step: 3_600_000, count: 720, name: "one-hour" },
  { key: "4h", step: 14_400_000, count: 540, name: "four-hour" },
  { key: "1d", step: 86_400_000, count: 365, name: "one-day" },
];

export const LAYERS = [
  { key: "sma", label: "SMA 20", colour: "s2", dash: "solid", on: true },
  { key: "ema", label: "EMA 12", colour: "s4", dash: "dashed", on: false },
  { key: "vwap", label: "VWAP", colour: "s3", dash: "dotted", on: true },
  { key: "bands", label: "Bollinger", colour: "s6", dash: "solid", on: true },
  { key: "trend", title: "The straight line through the last six minutes", label: "6 min", colour: "s1", dash: "solid", on: true },
  { key: "rsi", label: "RSI", on: true },
  { key: "macd", label: "MACD", on: true },
  { key: "atr", label: "ATR", on: false },
  { key: "calls", label: "Calls", on: true, title: "Predictions that were at least 60 % sure" },
  { key: "alerts", label: "Alerts", on: true },
];
