"""Indicators of longer candles: the definitions of indicators/1, calculated here a second time, sum by sum."""
import math, random, statistics

from browser import blank_page, end, expect, run

rng = random.Random(2)
price, candles = 100.0, []
for k in range(120):
    opened, price = price, price * math.exp(rng.gauss(0, .01))
    candles.append({"start": k * 300_000, "open": opened, "close": price, "high": max(opened, price) * 1.001, "low": min(opened, price) * .999, "volume": rng.randrange(0, 5), "amount": 0})
    candles[-1]["amount"] = candles[-1]["volume"] * price
closes = [candle["close"] for candle in candles]


def average(values, n, k):
    """The exponential average at k: weight 2 / (n + 1), begun with the mean of the first n."""
    value = sum(values[:n]) / n
    for one in values[n:k + 1]:
        value += 2 / (n + 1) * (one - value)
    return value


def wilder(values, n, k):
    value = sum(values[:n]) / n
    for one in values[n:k]:
        value = (value * (n - 1) + one) / n
    return value


with blank_page() as page:
    got = run(page, "const i = await import('/js/calc/indicators.js'); return i.indicatorsOf(given)", candles)
    gains, losses = ([max(sign * (b - a), 0) for a, b in zip(closes, closes[1:])] for sign in (1, -1))
    ranges = [max(b["high"] - b["low"], abs(b["high"] - a["close"]), abs(b["low"] - a["close"])) for a, b in zip(candles, candles[1:])]
    macd = [average(closes, 12, k) - average(closes, 26, k) for k in range(25, 120)]
    for k in (13, 14, 19, 25, 33, 34, 60, 119):
        last = closes[k - 19:k + 1]
        mean, deviation = (statistics.fmean(last), statistics.pstdev(last)) if k >= 19 else (None, None)
        wanted = {
            "time": k * 300_000, "sma_20": mean, "bollinger_middle": mean, "bollinger_upper": mean and mean + 2 * deviation, "bollinger_lower": mean and mean - 2 * deviation,
            "ema_12": average(closes, 12, k) if k >= 11 else None, "ema_26": average(closes, 26, k) if k >= 25 else None,
            "macd": macd[k - 25] if k >= 25 else None, "macd_signal": average(macd, 9, k - 25) if k >= 33 else None,
            "macd_histogram": macd[k - 25] - average(macd, 9, k - 25) if k >= 33 else None,
            "rsi_14": 100 * wilder(gains, 14, k) / (wilder(gains, 14, k) + wilder(losses, 14, k)) if k >= 14 else None,
            "atr_14": wilder(ranges, 14, k) if k >= 14 else None}
        expect(f"all indicators at candle {k}", got[k], wanted, within=1e-9)
    still = [dict(candle, open=5, high=5, low=5, close=5) for candle in candles]
    got = run(page, "const i = await import('/js/calc/indicators.js'); return i.indicatorsOf(given).at(-1)", still)
    expect("a market that does not move has no RSI and an average range of 0", [got["rsi_14"], got["atr_14"], got["macd"]], [None, 0, 0])

    got = run(page, "const i = await import('/js/calc/indicators.js'); return i.runningVwap(given, (time) => Math.floor(time / 9000000))", candles)
    for k in (0, 29, 30, 45, 119):
        part = candles[k // 30 * 30:k + 1]
        volume = sum(candle["volume"] for candle in part)
        expect(f"the running average by volume at candle {k} begins with its day", got[k]["value"], sum(candle["amount"] for candle in part) / volume if volume else None, within=1e-9)

    got = run(page, "const i = await import('/js/calc/indicators.js'); return given.map(i.trendLine)", [
        {"as_of": 360_000, "averages": [100, 101, 102, 103, 104, 105], "slope_per_minute": 1}, {"as_of": 360_000, "averages": [None, None, 10, None, None, 16], "slope_per_minute": 2},
        {"as_of": 360_000, "averages": [None] * 5 + [1], "slope_per_minute": None}])
    expect("the six-minute line goes through what is there and begins where that does", [[(p["time"], p["value"]) for p in line] for line in got] and
           [[[p["time"], p["value"]] for p in line] for line in got],
           [[[k * 60_000, 100 + k] for k in range(6)], [[120_000 + k * 60_000, 10 + 2 * k] for k in range(4)], []], within=1e-9)
end()
