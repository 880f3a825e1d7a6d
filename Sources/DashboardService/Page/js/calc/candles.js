// Candles out of what the store and the stream say, and how new minutes go into them. Without DOM.
//
// A candle is {start, open, high, low, close, volume, count, incomplete, buy, sell, amount}, times in ms; `isOpen` is
// there and true only while its last minute is not final.

export const MINUTE = 60_000;

/** The rows of `/api/candles` as candles, by time, one for each start. */
export function candlesOf(answer) {
  const at = Object.fromEntries(answer.columns.map((name, index) => [name, index]));
  const byStart = new Map();
  for (const row of answer.rows) {
    const number = (name, otherwise) => (at[name] === undefined ? otherwise : row[at[name]] ?? otherwise);
    byStart.set(row[at.start], {
      start: row[at.start], open: row[at.open], high: row[at.high], low: row[at.low], close: row[at.close],
      volume: number("volume", 0), count: number("count", 0), incomplete: Boolean(number("incomplete", false)),
      buy: number("buy_volume", 0), sell: number("sell_volume", 0), amount: number("amount", 0),
    });
  }
  return [...byStart.values()].filter(isDrawable).sort((a, b) => a.start - b.start);
}

/** A window/1 as a candle, or null where it has no prices. */
export function candleOf(window) {
  const candle = {
    start: window.window_start, open: window.open, high: window.high, low: window.low, close: window.close,
    volume: window.volume ?? 0, count: window.count ?? 0, incomplete: Boolean(window.incomplete),
    buy: window.buy_volume ?? 0, sell: window.sell_volume ?? 0, amount: window.amount ?? 0,
  };
  if (window.final === false) candle.isOpen = true;
  return isDrawable(candle) ? candle : null;
}

/** The start of the bucket that holds a time: buckets are aligned to the epoch, also before it. */
export function bucketOf(time, step) {
  return Math.floor(time / step) * step;
}

/** Candles of a longer step out of shorter ones that are sorted by start. */
export function resample(candles, step) {
  const buckets = [];
  for (const candle of candles) {
    const start = bucketOf(candle.start, step), last = buckets.at(-1);
    if (last?.start !== start) {
      buckets.push({ ...candle, start });
      continue;
    }
    last.high = Math.max(last.high, candle.high);
    last.low = Math.min(last.low, candle.low);
    last.close = candle.close;
    for (const name of ["volume", "count", "buy", "sell", "amount"]) last[name] += candle[name];
    last.incomplete ||= candle.incomplete;
    if (candle.isOpen) last.isOpen = true;
  }
  return buckets;
}

/** Puts a candle where its start belongs; what was there before is replaced. Says where it went: `last`, `end` or `older`. */
export function place(candles, candle) {
  const newest = candles.at(-1);
  if (!newest || candle.start > newest.start) {
    candles.push(candle);
    return "end";
  }
  if (candle.start === newest.start) {
    candles[candles.length - 1] = candle;
    return "last";
  }
  const index = indexOf(candles, candle.start);
  candles.splice(index, candles[index].start === candle.start ? 1 : 0, candle);
  return "older";
}

/** The first index whose start is not before a time. */
export function indexOf(candles, time) {
  let low = 0, high = candles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (candles[middle].start < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A series of candles that minutes go on to come into, final and open ones, in any order. */
export class LiveCandles {
  /** - minutes: those of the newest bucket, where a bucket is longer than a minute; the open minute is none of them. */
  constructor(step, candles, minutes = []) {
    this.step = step;
    this.candles = candles;
    this.minutes = new Map((step === MINUTE ? candles : minutes).map((minute) => [minute.start, minute]));
    const newest = candles.at(-1);
    this.knownFrom = step === MINUTE ? -Infinity : newest ? newest.start : -Infinity;
  }

  /** Takes a minute and returns the candle that it changed, null where it changed none, `undefined` where the bucket's other minutes are not known. */
  take(minute) {
    const before = this.minutes.get(minute.start);
    if (before && !before.isOpen && minute.isOpen) return null;
    if (before?.isOpen && minute.isOpen && minute.count < before.count) return null;
    if (before && isSame(before, minute)) return null;
    const start = bucketOf(minute.start, this.step);
    if (start < this.knownFrom) return undefined;
    this.minutes.set(minute.start, minute);
    const candle = this.step === MINUTE ? minute : this.bucket(start);
    place(this.candles, candle);
    return candle;
  }

  bucket(start) {
    const minutes = [];
    for (const minute of this.minutes.values()) {
      if (minute.start >= start && minute.start < start + this.step) minutes.push(minute);
    }
    minutes.sort((a, b) => a.start - b.start);
    return resample(minutes, this.step)[0];
  }
}

function isSame(a, b) {
  return a.isOpen === b.isOpen && a.count === b.count && a.close === b.close && a.high === b.high && a.low === b.low
    && a.open === b.open && a.volume === b.volume && a.incomplete === b.incomplete;
}

function isDrawable(candle) {
  return Number.isFinite(candle.start)
    && [candle.open, candle.high, candle.low, candle.close].every((price) => Number.isFinite(price));
}

/** What a list of candles comes to: first, last, high and low with their times, sums; null of none. */
export function summary(candles) {
  if (!candles.length) return null;
  const sum = {
    first: candles[0], last: candles.at(-1), high: candles[0], low: candles[0],
    volume: 0, amount: 0, count: 0, buy: 0, sell: 0,
  };
  for (const candle of candles) {
    if (candle.high > sum.high.high) sum.high = candle;
    if (candle.low < sum.low.low) sum.low = candle;
    for (const name of ["volume", "amount", "count", "buy", "sell"]) sum[name] += candle[name];
  }
  sum.changePct = sum.first.open ? (sum.last.close / sum.first.open - 1) * 100 : null;
  sum.vwap = sum.volume > 0 && sum.amount > 0 ? sum.amount / sum.volume : null;
  return sum;
}
