// Several series on one scale: how much each has changed, in percent, since all of them were there. Without DOM.

/** Lists of candles, sorted by start, as lists of points {time, value}: each begins with 0 at the first start from which all have a price. */
export function changesOf(lists) {
  const begin = Math.max(...lists.map((candles) => candles[0]?.start ?? -Infinity));
  return lists.map((candles) => {
    const from = candles.findLastIndex((candle) => candle.start <= begin);
    if (from < 0) return [];
    const base = candles[from].close;
    return candles.slice(from).filter((candle) => candle.start >= begin).map((candle) => ({ time: candle.start, value: 100 * (candle.close / base - 1) }));
  });
}
