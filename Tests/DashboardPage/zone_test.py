"""Times on the axis: UTC, and a local zone whose autumn has an hour twice."""
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from browser import blank_page, end, expect, run

H = 3_600_000
autumn = int(datetime(2026, 10, 25, tzinfo=timezone.utc).timestamp() * 1000) - 3 * H  # 23:00 in Berlin, two hours before the repeated one

with blank_page(zone="Europe/Berlin") as page:
    times = [autumn + k * H // 2 for k in range(20)]
    got = run(page, "const z = await import('/js/calc/zone.js'); return given.map((time) => [z.stamp(time, 'local'), z.zoneName(time, 'local'), z.stamp(time, 'utc')])", times)
    berlin = [datetime.fromtimestamp(time / 1000, ZoneInfo("Europe/Berlin")) for time in times]
    expect("stamps are those of the zone, and the repeated hour has two names", got, [
        [at.strftime("%Y-%m-%d %H:%M"), f"UTC+{at.utcoffset() // timedelta(hours=1)}", at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M")] for at in berlin])

    weights = run(page, "const z = await import('/js/calc/zone.js'); return given.slice(1).map((time, index) => z.tickWeight(time, given[index], 'local'))", times)
    midnights = [berlin[k + 1].strftime("%H:%M") for k, weight in enumerate(weights) if weight >= 50]
    expect("the day begins at the zone's midnight, once", midnights, ["00:00"])
    expect("each half hour has a weight of at least its own, also in the repeated hour", min(weights) >= 22, True)
    utc = run(page, "const z = await import('/js/calc/zone.js'); return given.slice(1).map((time, index) => z.tickWeight(time, given[index], 'utc'))", times)
    expect("in UTC the day begins at UTC's midnight", [k for k, weight in enumerate(utc) if weight >= 50], [5])

    got = run(page, """const z = await import('/js/calc/zone.js');
        return ['2026-10-25 02:30', '2026-07-01T12:00', '2026-02-30 10:00', '2026-01-01 24:00', 'yesterday', '2026-01-01 10:00:07']
            .map((text) => [z.instant(text, 'local'), z.instant(text, 'utc')])""")
    at = lambda *parts: int(datetime(*parts, tzinfo=timezone.utc).timestamp() * 1000)
    expect("what a person types is an instant of the zone, and no day that is none", got, [
        [at(2026, 10, 25, 0, 30), at(2026, 10, 25, 2, 30)], [at(2026, 7, 1, 10), at(2026, 7, 1, 12)], [None, None], [None, None], [None, None],
        [at(2026, 1, 1, 9, 0, 7), at(2026, 1, 1, 10, 0, 7)]])
end()
