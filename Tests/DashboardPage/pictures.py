"""What the page gives away: a picture of every panel with what it shows written in it, and its numbers as CSV and JSON."""
import base64, csv, json, pathlib, re

from browser import expect, open_view, themed

# How many panels of a view give a picture; Trend and History are shown for a series with a gap. Overview's latency is a panel as System's lag is,
# and has no point before a few minutes have gone by.
PANELS = {"trend": 1, "prediction": 5, "history": 1, "market": 4, "alerts": 1, "system": 1}
SERIES = {"trend": "/coinbase:BTC-USD", "history": "/coinbase:BTC-USD?hours=1"}
# What is written on a canvas is kept, and whatever canvas becomes a file tells it.
SPY = """
    const texts = new WeakMap(), prototype = CanvasRenderingContext2D.prototype, {fillText} = prototype, {toBlob} = HTMLCanvasElement.prototype;
    prototype.fillText = function (text, ...rest) {
        if (!texts.has(this.canvas)) texts.set(this.canvas, []);
        texts.get(this.canvas).push(String(text));
        return fillText.call(this, text, ...rest);
    };
    HTMLCanvasElement.prototype.toBlob = function (...given) { globalThis.written = texts.get(this) ?? []; return toBlob.apply(this, given); };
"""
# The colours of the middle of a picture, and the share of the commonest: what is blank has one.
COLOURS = """async (data) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + data;
    await image.decode();
    const canvas = document.createElement('canvas'), {width, height} = image;
    canvas.width = width; canvas.height = height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const seen = new Map(), {data: bytes} = context.getImageData(0, Math.round(height * .25), width, Math.round(height * .5));
    for (const pixel of new Uint32Array(bytes.buffer)) seen.set(pixel, (seen.get(pixel) ?? 0) + 1);
    return {width, colours: seen.size, share: Math.max(...seen.values()) / (bytes.length / 4)};
}"""


def saved(page, button):
    """The file that a button saves: its name and bytes."""
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, pathlib.Path(download.value.path()).read_bytes()


def check(browser, address):
    reports = []
    for view, panels in PANELS.items():
        page = themed(browser, "light")
        page.context.add_init_script(SPY)
        open_view(page, address, view + SERIES.get(view, ""), reports)
        page.locator(".card canvas").first.wait_for()
        buttons = page.get_by_role("button", name="Save as PNG")
        page.wait_for_function("count => document.querySelectorAll('[aria-label=\"Save as PNG\"]').length >= count", arg=panels)
        expect(f"{view}: panels with a picture", buttons.count(), panels)
        for at in range(buttons.count()):
            check_picture(page, buttons.nth(at), view)
        check_tables(page, view)
        page.context.close()
    check_history(browser, address, reports)
    expect("pictures and files: the console is quiet", reports, [])


def check_picture(page, button, view):
    title = button.locator("xpath=ancestor::section").locator("h2").inner_text()
    name, png = saved(page, button)
    panel = f"{view}, {title}"
    expect(f"{panel}: its name is that of a file", bool(re.fullmatch(r"[\w.-]+\.png", name)), True)
    seen = page.evaluate(COLOURS, base64.b64encode(png).decode())
    expect(f"{panel}: the picture is large, and not blank", [seen["width"] >= 1240, seen["colours"] > 20, seen["share"] < .995], [True, True, True])
    written = page.evaluate("globalThis.written")
    words = " ".join(written)
    expect(f"{panel}: a date and the zone are in it", bool(re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d", words)) and "UTC" in words, True)
    expect(f"{panel}: it has a title, and says who made it, when and by what",
           bool(written and len(written[0]) > 3 and re.search(r"CryptoStream, made \d{4}-.* Charts: (TradingView|Chart\.js)", words)), True)


def check_tables(page, view):
    buttons = page.get_by_role("button", name="Save as CSV")
    for at in range(buttons.count()):
        name, body = saved(page, buttons.nth(at))
        rows = list(csv.reader(body.decode().splitlines()))
        expect(f"{view}, {name}: a head and rows of as many cells", [name.endswith(".csv"), len(rows) > 1, {len(row) for row in rows} == {len(rows[0])}], [True] * 3)


def check_history(browser, address, reports):
    """A span's CSV and JSON hold the same rows, in the form that the topics have."""
    page = open_view(themed(browser, "light"), address, "history/binance:BTC-USDT?hours=1", reports)
    page.locator(".history-chart canvas").first.wait_for()
    _, text = saved(page, page.get_by_role("button", name="CSV", exact=True))
    _, document = saved(page, page.get_by_role("button", name="JSON", exact=True))
    answer, (head, *rows) = json.loads(document), list(csv.reader(text.decode().splitlines()))
    expect("History: CSV and JSON have the same columns", head, answer["columns"])
    expect("History: and as many rows, a minute or less each", [len(rows), len(rows) > 40], [len(answer["rows"]), True])
    close = head.index("close")
    expect("History: the same closes", [float(row[close]) for row in rows], [row[close] for row in answer["rows"]])
    page.context.close()
    page = open_view(themed(browser, "light"), address, "database?table=windows", reports)
    page.locator(".rows tbody tr").first.wait_for()
    for kind in ("CSV", "JSON"):
        name, body = saved(page, page.get_by_role("button", name=kind, exact=True).first)
        expect(f"Database: {kind} has rows", [name.endswith(kind.lower()), len(body) > 1_000], [True, True])
    page.context.close()
