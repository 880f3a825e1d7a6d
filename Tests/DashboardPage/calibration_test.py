"""Calibration: what was said against what happened, and how often each probability was said."""
import random

from browser import blank_page, end, expect, run

rng = random.Random(8)
zeros, ones = [0] * 1024, [0] * 1024
for _ in range(20_000):
    p = min(.999, max(0, rng.gauss(.5, .15)))
    (ones if rng.random() < p else zeros)[int(p * 1024)] += 1

with blank_page() as page:
    groups = run(page, "const c = await import('/js/calc/calibration.js'); return c.calibration(given[0], given[1])", [zeros, ones])
    expect("every prediction is in one group", sum(group["count"] for group in groups), sum(zeros) + sum(ones))
    expect("the groups are in order and do not overlap", all(a["to"] <= b["from"] for a, b in zip(groups, groups[1:])), True)
    expect("of honest probabilities what happened is what was said", max(abs(group["said"] - group["happened"]) for group in groups) < .03, True)
    expect("and lies within the intervals, but for one in twenty", sum(not group["low"] <= group["said"] <= group["high"] for group in groups) <= 2, True)
    # By definition the ends are the shares from which what was seen lies 1.96 deviations away.
    got = run(page, "const c = await import('/js/calc/calibration.js'); return [[8, 10], [0, 5], [300, 1000]].map(([ones, count]) => ({ones, count, ...c.wilson(ones, count)}))")
    for one in got:
        seen, n = one["ones"] / one["count"], one["count"]
        away = [(seen - end) ** 2 - 1.96 ** 2 * end * (1 - end) / n for end in (one["low"], one["high"])]
        expect(f"the interval of {one['ones']} in {n}", away, [0, 0], within=1e-9)
    records = [{"as_of": 120_000, "span_ms": 60_000, "probability_bins": [[512, 1, 2], [100, 1, 0]]}, {"as_of": 180_000, "span_ms": 60_000, "probability_bins": [[520, 0, 1]]}]
    got = run(page, """const c = await import('/js/calc/calibration.js'); const volumes = {60000: 10};
        return c.distribution(given, (time) => volumes[time]).filter((group) => group.count).map((group) => [group.from, group.count, group.volume])""", records)
    expect("the mean volume is that of the minutes that are known", got, [[.05, 1, 10], [.5, 4, 10]], within=1e-9)
    got = run(page, "const c = await import('/js/calc/calibration.js'); return [c.calibration(given, given), c.distribution([], () => 1), c.calibrationError([])]", [0] * 1024)
    expect("of nothing there is nothing", got, [[], [], None])
end()
