"""Makes the pictures of deploy/screenshots, for deploy/lib/screenshots: the page of a real pipeline, behind a day of an invented market and while
it goes on.

It wants CRYPTO_BIN, the folder of the programs. The market is that of market.py, whose prices are nobody's; the model learned from the day before.
"""
import sys, tempfile, time

from browser import chromium, themed
from living_market import living_market
from market import DAY
from programs import need_programs

PAST = DAY + 60
# How long the market goes on before the first picture: latency and live rates are then those of live trades.
WARM_UP_S = 150
CUT_MARKET = "/coinbase:BTC-USD"
# View, width and theme; the address after the view; what has to be seen.
PICTURES = (
    ("overview-1440-light", "", ".markets tbody .c-lead .tag"), ("overview-1440-dark", "", ".markets tbody .c-lead .tag"),
    ("overview-390-light", "", ".markets tbody .c-price"), ("overview-390-dark", "", ".markets tbody .c-price"),
    ("trend-1440-light", CUT_MARKET, "canvas"), ("trend-390-dark", CUT_MARKET, "canvas"), ("prediction-1440-dark", "", "canvas"),
    ("history-1440-light", CUT_MARKET + "?hours=6", "canvas"), ("market-1440-dark", "", "canvas"), ("alerts-1440-light", "", ".alerts-side canvas"))


def picture(browser, address, folder, name, where, seen):
    view, width, theme = name.split("-")
    sizes = {"1440": (1440, 900, {}), "390": (390, 844, {"has_touch": True, "is_mobile": True})}
    *size, more = sizes[width]
    page = themed(browser, theme, *size, **more)
    page.goto(f"{address}/#{view}{where}")
    page.locator(seen).first.wait_for()
    page.locator(".bones").first.wait_for(state="detached")
    page.wait_for_timeout(2_500)  # so that live values have come and nothing fades any more
    page.screenshot(path=f"{folder}/{name}.png", animations="disabled")
    page.context.close()


need_programs("the pictures of the page")
target, wanted = sys.argv[1], sys.argv[2:]
with tempfile.TemporaryDirectory() as folder, living_market(folder, PAST, ahead=20) as address, chromium() as browser:
    time.sleep(WARM_UP_S)
    for name, where, seen in PICTURES:
        if not wanted or name in wanted:
            picture(browser, address, target, name, where, seen)
            print(f"{target}/{name}.png", flush=True)
