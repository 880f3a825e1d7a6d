"""Candles: resampling, and what live minutes make of them in any order."""
import random

from browser import blank_page, end, expect, run

M = 60_000
rng = random.Random(11)


def minute(start, **more):
    prices = [round(rng.uniform(90, 110), 2) for _ in range(4)]
    return {"start": start, "open": prices[0], "high": max(prices), "low": min(prices), "close": prices[3], "volume": rng.randrange(1, 9),
            "count": rng.randrange(1, 9), "incomplete": rng.random() < .1, "buy": 1, "sell": 0, "amount": 100, **more}


def resampled(minutes, step):
    """The same by definition, bucket by bucket."""
    out = []
    for start in sorted({one["start"] // step * step for one in minutes}):
        part = [one for one in minutes if one["start"] // step * step == start]
        out.append({"start": start, "open": part[0]["open"], "high": max(one["high"] for one in part), "low": min(one["low"] for one in part),
                    "close": part[-1]["close"], "incomplete": any(one["incomplete"] for one in part),
                    **{name: sum(one[name] for one in part) for name in ("volume", "count", "buy", "sell", "amount")}})
    return out


with blank_page() as page:
    minutes = [minute(-7 * M + k * M) for k in range(200) if rng.random() < .8]
    for step in (5 * M, 15 * M, 60 * M):
        got = run(page, "const m = await import('/js/calc/candles.js'); return m.resample(given[0], given[1])", [minutes, step])
        expect(f"resampling to {step // M} min is that of each bucket, also before 1970", got, resampled(minutes, step))

    answer = {"columns": ["start", "open", "high", "low", "close", "volume", "count", "incomplete", "buy_volume", "sell_volume", "amount"],
              "rows": [[2 * M, 1, 2, 1, 2, 3, 4, 0, 1, 2, 5], [M, 1, 2, 1, 2, 3, 4, 1, 1, 2, 5], [3 * M, None, 2, 1, 2, 3, 4, 0, 1, 2, 5]]}
    got = run(page, "const m = await import('/js/calc/candles.js'); return m.candlesOf(given).map((one) => [one.start, one.incomplete])", answer)
    expect("candles of an answer are sorted, and one without a price is none", got, [[M, True], [2 * M, False]])

    # Every order of the same minutes leaves the same candles.
    final = [minute(k * M) for k in range(12)]
    wanted = {step: resampled(final, step) for step in (M, 5 * M)}
    for step in wanted:
        for _ in range(40):
            said = [*final, *(dict(one, isOpen=True, count=max(1, one["count"] - 1)) for one in final)]
            rng.shuffle(said)
            got = run(page, """const m = await import('/js/calc/candles.js'); const live = new m.LiveCandles(given[1], [], []);
                for (const one of given[0]) live.take(one); return live.candles.map(({isOpen, ...one}) => one)""", [said, step])
            expect(f"final minutes win over open ones in any order, step {step // M}", got, wanted[step])

    got = run(page, """const m = await import('/js/calc/candles.js');
        const live = new m.LiveCandles(300000, [{...given, start: 600000}], [{...given, start: 600000}]);
        return [live.take({...given, start: 0}) === undefined, live.take({...given, start: 600000, count: 99}).count, live.candles.length]""", minute(0))
    expect("a late minute of a bucket whose others are not known asks for them; one of the newest bucket is merged", got, [True, 99, 1])
    got = run(page, """const m = await import('/js/calc/candles.js'); const live = new m.LiveCandles(60000, []);
        const open = {...given, isOpen: true, count: 5}; live.take(open);
        return [live.take({...open, count: 3}), live.take(open), live.take({...open, isOpen: undefined})?.count, live.take(open)]""", minute(0))
    expect("an older view of the open minute, the same again, and an open one behind the final one change nothing", got, [None, None, 5, None])
end()
