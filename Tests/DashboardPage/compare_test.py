"""Several series on one scale: percent of change since all of them were there, against a calculation of our own."""
import random

from browser import blank_page, end, expect, run

M = 60_000
rng = random.Random(11)


def changes(lists):
    """The law, the long way: of each list the newest close at or before the first start that all have reached is 0 %."""
    if not all(lists):
        return [[] for _ in lists]
    begin = max(min(start for start, _ in candles) for candles in lists)
    bases = [[close for start, close in candles if start <= begin][-1] for candles in lists]
    return [[[start, 100 * (close - base) / base] for start, close in candles if start >= begin] for candles, base in zip(lists, bases)]


def walk(first):
    price, candles = rng.uniform(1e-8, 1e5), []
    for minute in range(first, 60):
        price *= rng.uniform(.98, 1.02)
        if rng.random() < .7:
            candles.append((minute * M, price))
    return candles


with blank_page() as page:
    for turn in range(30):
        lists = [walk(rng.randrange(40)) for _ in range(rng.randrange(1, 5))] + ([[]] if turn == 29 else [])
        got = run(page, """const {changesOf} = await import('/js/calc/compare.js');
            return changesOf(given.map((list) => list.map(([start, close]) => ({start, close})))).map((points) => points.map(({time, value}) => [time, value]))""", lists)
        if all(lists):
            expect("changes since all are there", got, changes(lists), within=1e-9)
    expect("a series without prices has no points", got[-1], [])
    got = run(page, """const c = await import('/js/views/history/compare.js');
        return [c.othersOf('a:B-C a:B-C nothing d:E-F <x>:Y-Z', 'd:E-F'), c.othersOf(null, 'a:B-C'), c.othersOf('a:1-X a:2-X a:3-X a:4-X a:5-X', 'q:Q-Q').length]""")
    expect("the address names each series once, never the one in view, and no more than lines can be told apart", got, [["a:B-C", "<x>:Y-Z"], [], 4])
end()
