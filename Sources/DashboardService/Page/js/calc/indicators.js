// Averages and oscillators of candles that are longer than a minute, by the definitions of indicators/1. Without DOM.
//
// Of one-minute candles the page shows what the processor wrote; longer ones have no record, and are calculated here.

/** indicators/1 for each candle, null until it is defined: an average of n begins with the mean of the first n. */
export function indicatorsOf(candles) {
  const closes = candles.map((candle) => candle.close);
  const fast = exponential(closes, 12), slow = exponential(closes, 26);
  const macd = closes.map((_, index) => (slow[index] === null ? null : fast[index] - slow[index]));
  const signal = exponential(macd, 9), bands = meanAndDeviation(closes, 20);
  const strength = relativeStrength(closes, 14), range = trueRange(candles, 14);
  return candles.map((candle, index) => {
    const { mean, deviation } = bands[index] ?? { mean: null, deviation: null };
    return {
      time: candle.start, sma_20: mean, ema_12: fast[index], ema_26: slow[index], rsi_14: strength[index],
      macd: macd[index], macd_signal: signal[index],
      macd_histogram: signal[index] === null ? null : macd[index] - signal[index],
      bollinger_upper: mean === null ? null : mean + 2 * deviation, bollinger_middle: mean,
      bollinger_lower: mean === null ? null : mean - 2 * deviation, atr_14: range[index],
    };
  });
}

/** The exponential average of weight 2 / (n + 1); leading nulls are passed over. */
export function exponential(values, n) {
  const weight = 2 / (n + 1);
  let seen = 0, sum = 0, average = null;
  return values.map((value) => {
    if (value === null) return null;
    seen += 1;
    if (seen < n) {
      sum += value;
      return null;
    }
    average = seen === n ? (sum + value) / n : average + weight * (value - average);
    return average;
  });
}

function meanAndDeviation(values, n) {
  return values.map((_, index) => {
    if (index < n - 1) return null;
    const part = values.slice(index - n + 1, index + 1), mean = part.reduce((sum, value) => sum + value, 0) / n;
    return { mean, deviation: Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n) };
  });
}

// Wilder's: the first value is the mean of n changes, then each weighs 1 / n. Null where nothing has moved.
function relativeStrength(closes, n) {
  let up = 0, down = 0;
  return closes.map((close, index) => {
    if (index === 0) return null;
    const change = close - closes[index - 1], gain = Math.max(change, 0), loss = Math.max(-change, 0);
    if (index <= n) {
      up += gain / n;
      down += loss / n;
    } else {
      up += (gain - up) / n;
      down += (loss - down) / n;
    }
    return index < n || up + down === 0 ? null : (100 * up) / (up + down);
  });
}

function trueRange(candles, n) {
  let average = 0;
  return candles.map((candle, index) => {
    if (index === 0) return null;
    const before = candles[index - 1].close;
    const range = Math.max(candle.high - candle.low, Math.abs(candle.high - before), Math.abs(candle.low - before));
    average += index <= n ? range / n : (range - average) / n;
    return index < n ? null : average;
  });
}

/** The volume-weighted price since the zone's midnight, at each candle; null before anything had a volume. */
export function runningVwap(candles, dayOf) {
  let today = null, amount = 0, volume = 0;
  return candles.map((candle) => {
    const day = dayOf(candle.start);
    if (day !== today) {
      today = day;
      amount = volume = 0;
    }
    amount += candle.amount;
    volume += candle.volume;
    return { time: candle.start, value: volume > 0 ? amount / volume : null };
  });
}

/** The straight line through the six minutes of a trend/1, as points at their starts: least squares over those that are there. */
export function trendLine(trend) {
  const minutes = trend.averages.map((average, index) => ({ index, average })).filter(({ average }) => average !== null);
  if (minutes.length < 2 || trend.slope_per_minute === null) return [];
  const middle = minutes.reduce((sum, { index }) => sum + index, 0) / minutes.length;
  const mean = minutes.reduce((sum, { average }) => sum + average, 0) / minutes.length;
  const first = minutes[0].index, count = trend.averages.length;
  return minutes.at(-1).index === first ? [] : trend.averages.slice(first).map((_, place) => ({
    time: trend.as_of - (count - first - place) * 60_000,
    value: mean + trend.slope_per_minute * (first + place - middle),
  }));
}
