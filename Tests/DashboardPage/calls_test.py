"""Calls: what a model said minute by minute, and whether it came true."""
from browser import blank_page, end, expect, run

M = 60_000
said = lambda time, prediction, probability, **more: {"model": "m", "version": 1, "event_time": time, "prediction": prediction, "probability": probability, **more}
score = lambda as_of, count, accuracy: {"model": "m", "version": 1, "as_of": as_of, "count": count, "accuracy": accuracy}

with blank_page() as page:
    calls = """const c = await import('/js/calc/calls.js'); return c.callsOf(given[0], c.scoresByMinute(given[1]))
        .map((one) => [one.time, one.up, one.count, one.agreed, one.right, c.callText(one)])"""
    window = [said(k * M, k % 2, .6 if k % 2 else .3, kind="window", horizon_ms=M) for k in (4, 1, 2, 3)]
    got = run(page, calls, [window, [score(2 * M, 1, 1), score(3 * M, 1, 0), score(4 * M, 2, .5), score(5 * M, 1, 1), dict(score(2 * M, 1, 0), version=2)]])
    expect("a minute's call is decided by the score at its horizon, where that decided no other", got, [
        [0, True, 1, 1, True, "higher, 60 % sure: right"], [M, False, 1, 1, False, "lower, 70 % sure: wrong"],
        [2 * M, True, 1, 1, None, "higher, 60 % sure: not decided"], [3 * M, False, 1, 1, True, "lower, 70 % sure: right"]])
    ticks = [said(M + k * 1000, int(k % 3 > 0), .8 if k % 3 else .4, kind="trade") for k in range(9)] + [said(2 * M, 0, .1, kind="trade")]
    got = run(page, calls, [ticks, [score(2 * M, 8, .75)]])
    expect("ticks of a minute are one call, decided by the score of their minute", got, [
        [M, True, 9, 6, True, "6 of 9 said higher: 6 of 8 right"], [2 * M, False, 1, 1, None, "1 of 1 said lower: not decided"]])
end()
