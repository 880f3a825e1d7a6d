"""What is hostile, in every place where the page takes something: names of markets, addresses, forms, questions, paths. It is shown or answered, and
nothing of it is ever executed."""
import json, time, urllib.error, urllib.parse, urllib.request

from browser import VIEWS, expect, open_view, themed

SERIES = [("evil", "<script>alert(1)</script>-USDT"), ("\"><b>x", "\"><img/src=x/onerror=alert(2)>'-USDT"), ("evil", "${alert(3)}{{7*7}}%3Cb%3E`-USDT")]
# None may be obeyed; each has to be answered. The last two would take for ever, and more memory than there is.
QUESTIONS = [
    "DROP TABLE ticks", "DELETE FROM ticks", "SELECT 1; DROP TABLE ticks", "ATTACH DATABASE '/etc/passwd' AS x", "PRAGMA writable_schema = 1", "VACUUM INTO '/tmp/stolen.db'",
    "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "SELECT '", "SELECT '<script>alert(4)</script>' AS \"<img src=x onerror=alert(5)>\"", "\u0000", "((((" * 500,
    "SELECT randomblob(2000000000)", "WITH RECURSIVE endless(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM endless) SELECT count(*) FROM endless"]
ADDRESSES = [
    "<img src=x onerror=alert(6)>", "trend/%3Cscript%3Ealert(7)%3C%2Fscript%3E", "trend/%E0%A4%A", "history/binance:BTC-USDT?hours=1e99&from=-1&to=NaN",
    "history/binance:BTC-USDT?metric=__proto__&hours=%00", "database?table=%27%3B+DROP+TABLE+ticks%3B--", "alerts?rule=%3Cimg+src%3Dx+onerror%3Dalert(8)%3E&tab=rules", "../../etc/passwd"]
PATHS = [
    "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/js/..%2f..%2f..%2fetc/passwd", "/api/rows/ticks%00?series=x", "/api/rows/..%2fticks?series=x",
    "/api/rows/ticks?series=binance:BTC-USDT&match=price:1%27%20OR%201=1--", "/api/rows/ticks?series=binance:BTC-USDT&columns=*%3B", "/api/candles?series=x&from=-9e99&to=1&step=0",
    "/api/candles?series=binance:BTC-USDT&from=0&to=9999999999999&step=60000", "/udf/history?symbol=%3Cb%3E&resolution=-1&from=a&to=b", "/api/" + "x" * 20_000]


def ticks():
    """Trades of markets whose names are programs."""
    now = int(time.time() * 1000)
    for source, symbol in SERIES:
        for number in range(40):
            yield json.dumps({
                "source": source, "symbol": symbol, "kind": "trade", "event_time": now - (40 - number) * 60_000, "ingest_time": now, "trade_id": f"<b>{number}</b>",
                "price": 100 + number % 7, "quantity": 1, "side": "buy" if number % 2 else "sell"})


def check(browser, address):
    reports = []
    check_names(browser, address, reports)
    check_addresses(browser, address, reports)
    check_forms(browser, address, reports)
    check_questions(browser, address, reports)
    check_paths(address)
    # What is refused is reported by the browser itself.
    expect("hostile input: nothing was executed, the console is quiet", [one for one in reports if "Failed to load resource" not in one], [])
    live = json.load(urllib.request.urlopen(f"{address}/api/live"))
    expect("hostile input: the dashboard is well", [live["kafka"]["state"], live["store"]["state"]], ["live", "ready"])


def foreign(page):
    """Elements that only markup in a name could have made."""
    return page.evaluate("document.querySelectorAll('body script, main img, main b b, [onerror], [onload]').length")


def check_names(browser, address, reports):
    for view in VIEWS:
        for source, symbol in SERIES[VIEWS.index(view) % 2:][:1]:
            where = f"{view}/{urllib.parse.quote(f'{source}:{symbol}')}"
            page = open_view(themed(browser, "light"), address, where, reports)
            if view in ("overview", "trend", "history"):
                page.wait_for_function("text => document.querySelector('main').innerText.includes(text)", arg=symbol.removesuffix("-USDT"))
            expect(f"{view} of {symbol}: its name is text", foreign(page), 0)
            page.context.close()


def check_addresses(browser, address, reports):
    page = open_view(themed(browser, "light"), address, "overview", reports)
    for where in ADDRESSES:
        page.evaluate("where => { location.hash = where; }", where)
        page.wait_for_function("() => !document.querySelector('main .bones')")
        expect(f"#{where[:60]}: some view is there, and nothing foreign", [page.locator("main h1").count() >= 1, foreign(page)], [True, 0])


def check_forms(browser, address, reports):
    page = open_view(themed(browser, "light"), address, "overview", reports)
    page.fill("#find", "<img src=x onerror=alert(9)>")
    page.locator("#found > *").first.wait_for()
    expect("search: what was typed is text", foreign(page), 0)
    page = open_view(themed(browser, "light"), address, "history/binance:BTC-USDT", reports)
    for words in ("<script>alert(10)</script>", "9999-99-99 99:99", "2023-03-14 14:36' OR 1=1"):
        page.locator(".span-form input").first.fill(words)
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_function("() => [...document.querySelectorAll('.span-line [role=status]')].some((one) => one.className === 'bad' && one.innerText)")
        expect(f"History from {words}: is refused in words", foreign(page), 0)
    page = open_view(themed(browser, "light"), address, "prediction/binance:BTC-USDT", reports)
    for words in ("<b>", "NaN", "1e999", ""):
        page.locator(".next-form input").first.fill(words)
        page.get_by_role("button", name="Ask the model").click()
        page.wait_for_function("() => document.querySelector('.next-answer').innerText.includes('number')")
        expect(f"Prediction with {words!r}: is refused in words", foreign(page), 0)
    page = open_view(themed(browser, "light"), address, "database?table=ticks", reports)
    page.locator(".rows tbody tr").first.wait_for()
    page.get_by_role("button", name="+ Filter").click()
    page.locator("dialog select").first.select_option("trade_id")
    page.locator("dialog input").first.fill("'; DROP TABLE ticks; --")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_text("No row passes the filters.").wait_for()
    page = open_view(themed(browser, "light"), address, "alerts", reports)
    page.get_by_role("button", name="Silence", exact=True).click()
    page.locator("dialog input").first.fill("\"}<img src=x onerror=alert(11)>\\")
    page.locator("dialog").get_by_role("button", name="Silence", exact=True).click()
    page.wait_for_function("() => !document.querySelector('dialog[open]') || document.querySelector('dialog [role=alert]').innerText")
    expect("a silence of a hostile symbol: is text or refused", foreign(page), 0)


def check_questions(browser, address, reports):
    page = open_view(themed(browser, "light"), address, "database", reports)
    for words in QUESTIONS:
        page.locator("textarea.question").fill(words)
        run = page.get_by_role("button", name="Run")
        run.click()
        page.wait_for_function("() => !document.querySelector('.button.primary').disabled", timeout=20_000)
        expect(f"asked {words[:50]!r}: an answer or a reason, and nothing foreign",
               [page.evaluate("document.querySelector('.said').innerText !== '' || !document.querySelector('.rows:last-of-type').hidden"), foreign(page)], [True, 0])
    page.locator("textarea.question").fill("SELECT count(*) AS n FROM ticks")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("1 row", exact=False).first.wait_for()
    expect("after all questions the ticks are there", int(page.locator(".answer tbody td").first.inner_text().replace(",", "")) > 1_000, True)


def check_paths(address):
    for path in PATHS:
        host, port = address.removeprefix("http://").split(":")
        status, body = raw(host, int(port), path)
        expect(f"GET {path[:60]}: is answered, and gives nothing away", [200 <= status < 500, b"root:" in body], [True, False])


def raw(host, port, path):
    """A request whose path no client has tidied."""
    import http.client
    connection = http.client.HTTPConnection(host, port, timeout=20)
    connection.putrequest("GET", path)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body
