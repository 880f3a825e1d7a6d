"""Spans of history: steps that make enough points and not too many."""
from browser import blank_page, end, expect, run

H = 3_600_000

with blank_page() as page:
    got = run(page, "const s = await import('/js/calc/spans.js'); return given.map((span) => s.stepFor(span))", [H, 6 * H, 24 * H, 72 * H, 168 * H])
    expect("the steps of the buttons", got, [5_000, 15_000, 60_000, 300_000, 600_000])
    spans = [k * 7 * 60_000 + 13 for k in range(1, 4000, 17)] + [k * 24 * H for k in (30, 365, 4000, 20_000)]
    got = run(page, "const s = await import('/js/calc/spans.js'); return given.map((span) => [s.stepFor(span), s.stepText(s.stepFor(span))])", spans)
    expect("never more than 1,500 points, and whole minutes above six hours", [
        span for span, (step, _) in zip(spans, got) if span / step > 1_500 or span > 6 * H and step % 60_000], [])
    expect("every step has a name", [name for _, name in got if "." in name or "NaN" in name], [])
    got = run(page, """const s = await import('/js/calc/spans.js'); const none = {from: null, to: null};
        return [s.spanOf({hours: 500, ...none}, 1e12), s.spanOf({hours: 0, ...none}, 1e12), s.spanOf({hours: 1, from: 5, to: 3}, 10), s.spanOf({hours: 1, from: 5, to: 30}, 10), s.spanOf({hours: 1, from: 11, to: 30}, 10)]""")
    expect("1 to 168 hours; a free span ends now at the latest and begins before its end", got, [
        {"from": 1e12 - 168 * H, "to": 1e12}, {"from": 1e12 - H, "to": 1e12}, {"problem": "The beginning has to lie before the end."}, {"from": 5, "to": 10}, {"problem": "The beginning lies in the future."}])
end()
