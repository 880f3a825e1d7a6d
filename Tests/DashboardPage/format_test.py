"""Numbers where room is short: four digits, whatever their size."""
from browser import blank_page, end, expect, run

with blank_page() as page:
    given = [0, 70.216, -0.680537, 0.0536480, 1_303_657_200, -123_456, 0.00001234567, -1.769e-8, 99_999.4, None]
    got = run(page, "const f = await import('/js/format.js'); return given.map((value) => f.brief(value))", given)
    expect("four digits", got, ["0.00", "70.22", "−0.6805", "0.05365", "1.30 B", "−123 k", "1.23e−5", "−1.77e−8", "100,000", "–"])
    expect("never longer than nine characters", [text for text in got if len(text) > 9], [])
end()
