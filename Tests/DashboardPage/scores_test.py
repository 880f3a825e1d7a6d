"""Scores: minutes add up to a span as config/MODELS.md says, held against the predictions themselves."""
import math, random

from browser import blank_page, end, expect, run

rng = random.Random(3)
SHARES = {"r1": [.1] * 10, "side": [.5, .5]}


def minute(k):
    said = [(rng.random(), rng.random() < .5) for _ in range(rng.randrange(1, 9))]
    said = [(p, up if rng.random() < .6 else p > .5) for p, up in said]
    rule = [(rng.random() < .5, up) for _, up in said]
    bins, features = {}, {"r1": {}, "side": {}}
    for p, up in said:
        bins.setdefault(min(1023, int(p * 1024)), [0, 0])[int(up)] += 1
        for name, shares in SHARES.items():
            bin = rng.randrange(len(shares)) if name == "r1" else int(rng.random() < .8)
            features[name][bin] = features[name].get(bin, 0) + 1
    n = len(said)
    loss = lambda p, up: -math.log(min(1 - 1e-6, max(1e-6, p if up else 1 - p)))
    return said, rule, features, {
        "as_of": 60_000 * (k + 1), "span_ms": 60_000, "model": "m", "version": 1, "count": n, "decided_up": sum(up for _, up in said),
        "true_positives": sum(p > .5 and up for p, up in said), "false_positives": sum(p > .5 and not up for p, up in said),
        "accuracy": sum((p > .5) == up for p, up in said) / n, "log_loss": sum(loss(p, up) for p, up in said) / n,
        "brier": sum((p - up) ** 2 for p, up in said) / n,
        "baselines": {"rule": {"accuracy": sum(a == up for a, up in rule) / n, "log_loss": .69}},
        "probability_bins": [[bin, *counts] for bin, counts in sorted(bins.items())],
        "feature_bins": {name: [[bin, count] for bin, count in sorted(counts.items())] for name, counts in features.items()}}


minutes = [minute(k) for k in range(600)]
records = [record for *_, record in minutes]
said = [one for some, *_ in minutes for one in some]
ups = sum(up for _, up in said)
bin = lambda p: min(1023, int(p * 1024))
pairs = sum((bin(p) > bin(q)) + (bin(p) == bin(q)) / 2 for p, up in said if up for q, down in said if not down)
index = {}
for name, shares in SHARES.items():
    counts = [sum(features[name].get(k, 0) for _, _, features, _ in minutes) for k in range(len(shares))]
    index[name] = sum((c / sum(counts) - share) * math.log(max(c / sum(counts), 1e-4) / share) for c, share in zip(counts, shares))

with blank_page() as page:
    got = run(page, """const s = await import('/js/calc/scores.js'); const {zeros, ones, rules, ...score} = s.pooled(given[0], given[1]);
        return {...score, rule: rules.rule, best: s.bestRule({rules})}""", [records, SHARES])
    expect("the score of a span is that of its predictions", got, {
        "count": len(said), "decided_up": ups, "true_positives": sum(p > .5 and up for p, up in said), "false_positives": sum(p > .5 and not up for p, up in said),
        "accuracy": sum((p > .5) == up for p, up in said) / len(said),
        "log_loss": sum(-math.log(min(1 - 1e-6, max(1e-6, p if up else 1 - p))) for p, up in said) / len(said),
        "brier": sum((p - up) ** 2 for p, up in said) / len(said), "base_rate": ups / len(said),
        "balanced_accuracy": (sum(p > .5 for p, up in said if up) / ups + sum(p <= .5 for p, up in said if not up) / (len(said) - ups)) / 2,
        "auc": pairs / (ups * (len(said) - ups)), "psi": index, "from": 0, "to": 600 * 60_000,
        "rule": {"count": len(said), "accuracy": sum(a == up for _, rule, _, _ in minutes for a, up in rule) / len(said), "log_loss": .69}, "best": "rule",
    }, within=1e-9)

    got = run(page, "const s = await import('/js/calc/scores.js'); return s.rolling(given, 900000, 60000)", records)
    for at in (0, 7, 14, 15, 300, 599):
        part = [one for some, *_ in minutes[max(0, at - 14):at + 1] for one in some]
        expect(f"rolling accuracy at minute {at} is that of the last fifteen", [got[at]["time"], got[at]["count"], got[at]["accuracy"]],
               [60_000 * (at + 1), len(part), sum((p > .5) == up for p, up in part) / len(part)], within=1e-9)
    holey = [record for k, record in enumerate(records) if not 100 <= k < 200]
    got = run(page, "const s = await import('/js/calc/scores.js'); return s.rolling(given, 900000, 60000).map((one) => one.accuracy)", holey)
    expect("where nothing was decided there is no accuracy", [got[150], got[99] is None, got[200] is None], [None, False, False])

    # 95 of 100 intervals hold the truth: of 200 worlds without a lead at least 176 are asked for. A digit is a minute: 2 x model right + rule right.
    worlds = []
    for world in range(200):
        rng.seed(world)
        worlds.append("".join(str(2 * (rng.random() < .55) + (rng.random() < .55)) for _ in range(1200)))
    held = run(page, """const s = await import('/js/calc/scores.js'); return given.filter((world) => {
        const lead = s.lead([...world].map((digit, k) => ({as_of: 60000 * (k + 1), count: 1, accuracy: digit >> 1, baselines: {rule: {accuracy: digit & 1}}})), 'rule');
        return lead.low <= 0 && lead.high >= 0; }).length""", worlds)
    expect("the interval of the lead holds 0 where there is none, about 95 times in 100", 176 <= held <= 199, True)
    got = run(page, "const s = await import('/js/calc/scores.js'); return [s.pooled([]), s.lead([], 'rule'), s.bestRule({rules: {}}), s.rolling([], 1, 1), s.areaUnderCurve([1, 2], [0, 0])]")
    expect("of nothing there is no score, and of one class no AUC", got, [None, None, None, [], None])
end()
