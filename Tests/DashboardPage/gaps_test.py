"""Gaps: what is missing, and where a line has to end."""
import random

from browser import blank_page, end, expect, run

M = 60_000
rng = random.Random(5)

with blank_page() as page:
    for _ in range(30):
        gaps = [{"from": a, "to": a + rng.randrange(1, 400), "reason": rng.choice(["disconnect", "lost"])} for a in (rng.randrange(2000) for _ in range(8))]
        covered = {t for gap in gaps for t in range(gap["from"], gap["to"])}
        got = run(page, "const g = await import('/js/calc/gaps.js'); return g.mergedGaps(given)", gaps)
        expect("merged gaps cover the same and do not touch", [{t for gap in got for t in range(gap["from"], gap["to"])} == covered, all(a["to"] < b["from"] for a, b in zip(got, got[1:]))], [True, True])
        missing = run(page, "const g = await import('/js/calc/gaps.js'); return g.missingMs(g.mergedGaps(given), 500, 1500)", gaps)
        expect("what is missing of a span is what gaps cover of it", missing, len([t for t in covered if 500 <= t < 1500]))

    points = [{"time": k * M, "value": v} for k, v in ((0, 1.0), (1, 2.0), (5, 3.0), (6, None), (7, 4.0), (9, 5.0), (10, 6.0))]
    gap = [{"from": 2 * M + 10_000, "to": 4 * M}, {"from": 9 * M + 100, "to": 9 * M + 200}]
    got = run(page, "const g = await import('/js/calc/gaps.js'); return g.breaks(given[0], given[1], 60000)", [points, gap])
    expect("a line ends before a gap and before what is not known, not before an empty minute or inside a candle", got, [False, True, True, False, False, False, False])

    candles = [{"start": k * M} for k in (0, 1, 4, 10)]
    got = run(page, "const g = await import('/js/calc/gaps.js'); return g.emptyRuns(given[0], given[1], 60000)", [candles, [{"from": 5 * M + 1, "to": 7 * M}]])
    expect("empty runs are the minutes without a candle outside of gaps", got, [
        {"from": 2 * M, "to": 4 * M, "count": 2}, {"from": 7 * M, "to": 10 * M, "count": 3}])
    got = run(page, "const g = await import('/js/calc/gaps.js'); return g.timeline(-90000, 60000, 60000)")
    expect("the axis has every start, also before 1970", got, [-120_000, -60_000, 0, 60_000])
end()
