"""A browser on the dashboard's page files, for the tests beside this file: each is a program that exits non-zero when a law does not hold.

It wants Debian's chromium and PyPI's playwright. The files come from a server of our own with the strict policy of the real one,
so a test also fails when a module breaks that policy. Run all of them: `for test in Tests/DashboardPage/*_test.py; do python3 $test; done`.
"""
import contextlib, http.server, json, mimetypes, os, pathlib, sys, threading

from playwright.sync_api import sync_playwright

PAGE = pathlib.Path(__file__).resolve().parents[2] / "Sources/DashboardService/Page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
VIEWS = ("overview", "trend", "prediction", "history", "market", "alerts", "database", "system")
BLANK = (
    '<!doctype html><html lang="en"><head><title>test</title><link rel="icon" href="/icon.svg"><script src="/theme.js"></script>'
    '<link rel="stylesheet" href="/css/tokens.css"><link rel="stylesheet" href="/css/base.css"><link rel="stylesheet" href="/css/parts.css">'
    '<link rel="stylesheet" href="/css/charts.css"></head><body><main id="box"></main></body></html>')


class Files(http.server.BaseHTTPRequestHandler):
    """The page's files, a blank page at /blank, and 404 for what `withheld` names."""
    withheld = ()

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        file = (PAGE / path.lstrip("/")).resolve()
        if path == "/blank":
            return self.send(200, BLANK.encode(), "text/html")
        if path in self.withheld or not file.is_relative_to(PAGE) or not file.is_file():
            return self.send(404, b'{"error": "No such file."}', "application/json")
        kind = "text/javascript" if file.suffix == ".js" else mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self.send(200, file.read_bytes(), kind)

    def send(self, status, body, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def chromium():
    """A browser without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def themed(browser, theme, width=1440, height=900, **more):
    """A page of the dashboard in that theme, as a reader who chose it once gets it."""
    context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True, **more)
    context.add_init_script(
        f"if (!localStorage.getItem('cryptostream')) localStorage.setItem('cryptostream', JSON.stringify({{theme: '{theme}'}}))")
    return context.new_page()


def open_view(page, address, where, reports):
    """Opens a view and waits until what it asked for has come; what the console says goes to `reports`."""
    page.on("console", lambda one: one.type in ("error", "warning") and reports.append(f"{where}: {one.text}"))
    page.on("pageerror", lambda error: reports.append(f"{where}: {error}"))
    page.on("dialog", lambda one: (reports.append(f"{where}: a dialog says {one.message}"), one.dismiss()))
    page.goto(f"{address}/#{where}")
    page.wait_for_selector("main h1", state="attached")
    page.wait_for_load_state("load")
    # Bones stand where an answer is still to come.
    page.wait_for_function("() => !document.querySelector('main .bones') && document.querySelector('main .view').childElementCount > 1")
    return page


def prices_move(page, timeout=60_000):
    """Waits until the prices of Overview are others than now."""
    prices = "[...document.querySelectorAll('.markets tbody .c-price')].map((cell) => cell.textContent).join()"
    page.wait_for_function(f"before => {{ const now = {prices}; return /\\d/.test(now) && now !== before; }}", arg=page.evaluate(prices), timeout=timeout)


@contextlib.contextmanager
def blank_page(zone="UTC", width=1000, height=700, scale=1, withheld=()):
    """A blank page of the dashboard's origin; at its end nothing may have been reported on its console but what was withheld."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Files,), {"withheld": withheld}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with chromium() as browser:
        context = browser.new_context(
            viewport={"width": width, "height": height}, timezone_id=zone, device_scale_factor=scale, accept_downloads=True)
        page = context.new_page()
        reports = []
        page.on("console", lambda message: message.type in ("error", "warning") and reports.append(message.text))
        page.on("pageerror", lambda error: reports.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.server_port}/blank")
        yield page
        reports = [one for one in reports if not (withheld and "404" in one)]
        expect("the console is quiet", reports, [])
    server.shutdown()


def run(page, body, argument=None):
    """What the body of an async function gives in the page; `argument` is its one argument."""
    return page.evaluate(f"async (given) => {{ {body} }}", argument)


def has_library(name):
    """Whether the set-up has fetched a chart library; a test of a chart says so and ends where it has not."""
    if (PAGE / "lib" / name).is_file():
        return True
    print(f"skipped: there is no lib/{name}")
    return False


failures = []


def expect(law, got, wanted, within=None):
    """Notes a law that does not hold; `within` is the largest difference of numbers."""
    if alike(got, wanted, within):
        return
    failures.append(law)
    print(f"does not hold: {law}\n  got    {json.dumps(got)[:600]}\n  wanted {json.dumps(wanted)[:600]}")


def alike(got, wanted, within):
    if isinstance(wanted, bool) or wanted is None or isinstance(wanted, str):
        return got is wanted or got == wanted
    if isinstance(wanted, (int, float)):
        return isinstance(got, (int, float)) and not isinstance(got, bool) and abs(got - wanted) <= (within or 0)
    if isinstance(wanted, (list, tuple)):
        return isinstance(got, list) and len(got) == len(wanted) and all(alike(a, b, within) for a, b in zip(got, wanted))
    return isinstance(got, dict) and got.keys() == wanted.keys() and all(alike(got[key], wanted[key], within) for key in wanted)


def end():
    """Ends the program: 0 when every law held."""
    print(f"{pathlib.Path(sys.argv[0]).name}: {'all laws hold' if not failures else f'{len(failures)} do not hold'}")
    sys.exit(1 if failures else 0)
