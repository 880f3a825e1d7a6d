"""Charts in their views: the wheel, the mouse and keys move what is in view; the panes follow one crosshair; nothing moves for who wants no motion."""
from playwright.sync_api import TimeoutError

from browser import expect, open_view, themed
from pictures import saved

# Every chart that the page makes, by the moment of its making.
SPY = """
    globalThis.charts = [];
    let library;
    Object.defineProperty(globalThis, 'LightweightCharts', {configurable: true, get: () => library, set(given) {
        library = {...given, createChartEx(...words) { const made = given.createChartEx(...words); charts.push(made); return made; }};
    }});
"""
# Where each of them is looked at: by the pointer, which the library tells, or by us.
LOOKS = """() => {
    globalThis.seen = charts.map(() => null);
    charts.forEach((chart, at) => {
        const {setCrosshairPosition, clearCrosshairPosition} = chart;
        chart.subscribeCrosshairMove((event) => { seen[at] = event.time ?? null; });
        chart.setCrosshairPosition = (price, time, series) => { seen[at] = time; setCrosshairPosition.call(chart, price, time, series); };
        chart.clearCrosshairPosition = () => { seen[at] = null; clearCrosshairPosition.call(chart); };
    });
}"""
RANGE = "(() => { const {from, to} = charts.at(-1).timeScale().getVisibleLogicalRange(); return [from, to]; })()"


def settled(page, change, law):
    """What is in view after `change`, once it is another than before; notes the law where it stays."""
    before = page.evaluate(RANGE)
    change()
    try:
        page.wait_for_function(f"before => {{ const now = {RANGE}; return Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]) > .5; }}", arg=before, timeout=20_000)
    except TimeoutError:
        expect(law, "what is in view stays", "it changes")
    # Two frames that show the same are its end.
    after = page.evaluate(f"""async () => {{
        for (let before = null, now = {RANGE}; ; before = now, now = {RANGE}) {{
            if (String(before) === String(now)) return now;
            await new Promise(requestAnimationFrame);
        }}
    }}""")
    return before, after


def check(browser, address):
    reports = []
    for view in ("trend", "history"):
        page = themed(browser, "light")
        page.context.add_init_script(SPY)
        open_view(page, address, f"{view}/binance:BTC-USDT", reports)
        page.locator(".chart-stage:not(.is-hidden) canvas").first.wait_for()
        check_mouse(page, view)
        check_keys(page, view)
        page.context.close()
    check_comparison(browser, address, reports)
    check_link(browser, address, reports)
    check_still(browser, address, reports)
    expect("charts in use: the console is quiet", reports, [])


def check_mouse(page, view):
    box = page.locator(".chart-box").bounding_box()
    x, y = box["x"] + box["width"] * .5, box["y"] + box["height"] * .3
    page.mouse.move(x, y)
    width = lambda ends: ends[1] - ends[0]
    before, after = settled(page, lambda: page.mouse.wheel(0, -400), f"{view}: the wheel zooms")
    expect(f"{view}: the wheel turned up shows less", width(after) < width(before), True)

    def drag():
        page.mouse.down()
        page.mouse.move(x + 200, y, steps=4)
        page.mouse.up()

    before, after = settled(page, drag, f"{view}: dragging moves the chart")
    expect(f"{view}: to what was before, as wide", [after[0] < before[0], abs(width(after) - width(before)) < .5], [True, True])


def check_keys(page, view):
    width = lambda ends: ends[1] - ends[0]
    page.mouse.move(2, 2)
    page.focus(".chart-box")
    before, after = settled(page, lambda: page.keyboard.press("+"), f"{view}: plus zooms in")
    expect(f"{view}: plus shows less", width(after) < width(before), True)
    before, after = settled(page, lambda: page.keyboard.press("-"), f"{view}: minus zooms out")
    expect(f"{view}: minus shows more", width(after) > width(before), True)
    page.keyboard.press("End")  # from the newest bar on there is something before
    for _ in range(4):
        settled(page, lambda: page.keyboard.press("+"), f"{view}: plus zooms in again")
    before, after = settled(page, lambda: page.keyboard.press("PageUp"), f"{view}: Page keys turn")
    expect(f"{view}: Page up shows what was before", after[0] < before[0], True)
    settled(page, lambda: page.keyboard.press("0"), f"{view}: 0 shows what was shown at first")
    page.keyboard.press("End")
    newest = page.inner_text(".chart-legend")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("before => document.querySelector('.chart-legend').innerText !== before", arg=newest)
    said = page.inner_text(".chart .hush")
    expect(f"{view}: arrows say where they are, and the legend says the same time", bool(said) and page.inner_text(".chart-legend").split()[0] in said, True)
    if view == "trend":
        panes = page.locator(".chart-name").all_inner_texts()
        expect("trend: the panes say their values of that bar", [any(name.startswith(word) and any(map(str.isdigit, name[6:])) for name in panes) for word in ("RSI", "MACD")], [True, True])
    page.keyboard.press("t")
    page.locator(".chart-table tbody tr").first.wait_for()
    expect(f"{view}: T shows the table of the same points", page.locator(".chart-table tbody tr").count() > 10, True)
    page.keyboard.press("Escape")


def check_comparison(browser, address, reports):
    """Several series in one chart of History: chosen, drawn, said and given away by their names."""
    page = open_view(themed(browser, "dark"), address, "history/binance:BTC-USDT?hours=1&with=coinbase:ETH-USD", reports)
    page.locator(".history-chart canvas").first.wait_for()
    page.locator("select.compare").select_option("okx:SOL-USDT")
    page.wait_for_function("() => document.querySelectorAll('.history .chart-legend .swatch').length === 3")
    legend = page.inner_text(".history .chart-legend")
    expect("History compares: each series with its change", [name in legend for name in ("BTC-USDT binance", "ETH-USD coinbase", "SOL-USDT okx")] + [legend.count("%")], [True, True, True, 3])
    name, body = saved(page, page.get_by_role("button", name="CSV", exact=True))
    head, *rows = [row.split(",") for row in body.decode().splitlines()]
    expect("History compares: the closes side by side as CSV", [head, len(rows) > 40], [["start", "binance:BTC-USDT", "coinbase:ETH-USD", "okx:SOL-USDT"], True])
    name, png = saved(page, page.get_by_role("button", name="PNG", exact=True))
    expect("History compares: a picture", [name.endswith(".png"), len(png) > 20_000], [True, True])
    page.get_by_role("button", name="ETH-USD coinbase").click()
    page.wait_for_function("() => document.querySelectorAll('.history .chart-legend .swatch').length === 2")
    page.get_by_role("button", name="SOL-USDT okx").click()
    page.wait_for_function("() => document.querySelector('.history-card h2').innerText === 'Price'")
    page.context.close()


def check_link(browser, address, reports):
    """Prediction's price and its rolling accuracy are looked at together, by key and by pointer."""
    page = themed(browser, "light")
    page.context.add_init_script(SPY)
    open_view(page, address, "prediction/binance:BTC-USDT?hours=1", reports)
    page.wait_for_function("() => document.querySelectorAll('.chart-stage:not(.is-hidden)').length === 2")
    page.evaluate(LOOKS)
    both = "() => seen.filter((time) => time !== null).length >= 2 && Math.max(...seen) - Math.min(...seen.filter((time) => time !== null)) < 120"
    page.focus(".price-chart .chart-box")
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(both)
    page.keyboard.press("Escape")
    page.wait_for_function("() => seen.every((time) => time === null)")
    box = page.locator(".small-chart .chart-box").bounding_box()
    page.mouse.move(box["x"] + box["width"] * .4, box["y"] + box["height"] * .4)
    page.wait_for_function(both)
    page.mouse.move(2, 2)
    page.wait_for_function("() => seen.every((time) => time === null)")
    page.context.close()


def check_still(browser, address, reports):
    """Prices that change fade in for those who see motion, and just change for who wants none."""
    spy = "globalThis.faded = 0; const {animate} = Element.prototype; Element.prototype.animate = function (...words) { globalThis.faded += 1; return animate.apply(this, words); };"
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = themed(browser, "light", reduced_motion=motion)
        page.context.add_init_script(spy)
        open_view(page, address, "overview", reports)
        prices = "[...document.querySelectorAll('.markets tbody .c-price')].map((cell) => cell.innerText).join()"
        before = page.evaluate(prices)
        page.wait_for_function(f"before => {prices} !== before", arg=before)
        if moves:
            page.wait_for_function("() => globalThis.faded > 0", timeout=15_000)
        else:
            expect("without motion no price fades", page.evaluate("globalThis.faded"), 0)
        page.context.close()
