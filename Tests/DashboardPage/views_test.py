"""The eight views of a real pipeline in a real browser: a market's trades through broker, windows, model, rules and store.

It wants CRYPTO_BIN, the folder of the programs. `views_test.py hostile` runs one part alone, `views_test.py ADDRESS hostile` on a page that is there.
"""
import subprocess, sys, tempfile, time

import hostile, pictures, use
from axe_core_python.sync_playwright import Axe
from browser import VIEWS, chromium, end, expect, open_view, prices_move, themed
from living_market import living_market
from programs import need_programs

SIZES = {1440: (1440, 900), 390: (390, 844)}


def looks(browser, address):
    """Every view at both widths, in a theme each: no report on the console, nothing for axe to say, no sideways scroll; the page lives."""
    reports = []
    for width, theme in ((1440, "light"), (390, "dark")):
        for view in VIEWS:
            page = open_view(themed(browser, theme, *SIZES[width]), address, view, reports)
            name = f"{view} at {width} px, {theme}"
            expect(f"{name}: axe finds nothing", [one["id"] for one in Axe().run(page)["violations"]], [])
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            expect(f"{name}: no sideways scroll", wide, 0)
            expect(f"{name}: it has its theme", page.evaluate("document.documentElement.dataset.theme"), theme)
            page.context.close()
    page = open_view(themed(browser, "light"), address, "overview", reports)
    prices_move(page, timeout=15_000)
    expect("the console is quiet", reports, [])


def weighs(browser, address):
    """What the first page takes over the wire; a chart's library comes with the first chart only."""
    page = open_view(themed(browser, "light"), address, "database", [])
    files = page.evaluate("performance.getEntriesByType('resource').map(({name, transferSize}) => [name, transferSize])")
    expect("a view without a chart asks for no chart's library", [name for name, _ in files if "/lib/" in name], [])
    page = open_view(themed(browser, "light"), address, "overview", [])
    page.locator(".latency canvas, .side .empty").last.wait_for()
    size = page.evaluate("performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)")
    expect(f"the first page with all it shows takes at most 300 kB ({size / 1000:.0f})", size <= 300_000, True)


PARTS = {"weighs": weighs, "looks": looks, "use": use.check, "pictures": pictures.check, "hostile": hostile.check}


def run(names, address):
    with chromium() as browser:
        for name in names:
            begun = time.monotonic()
            PARTS[name](browser, address)
            print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)


need_programs("the views of a pipeline")
names = sys.argv[1:] or list(PARTS)
if names[0].startswith("http"):
    run(names[1:], names[0])
else:
    with tempfile.TemporaryDirectory() as folder, living_market(folder, past=200, ahead=10, lines=hostile.ticks()) as address:
        # The second half beside the first, in a browser of its own: both mostly wait.
        half = subprocess.Popen([sys.executable, "-B", __file__, address, *names[3:]]) if names[3:] else None
        try:
            run(names[:3], address)
        finally:
            ended = half.wait() if half else 0
        expect("pictures and hostile input, in a process of their own", ended, 0)
end()
