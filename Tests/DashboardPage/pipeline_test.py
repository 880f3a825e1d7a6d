"""The page of a real pipeline: the sample's trades through broker, windows and store, in a real browser.

It wants CRYPTO_BIN, the folder of the programs. SCREENSHOTS names a folder for pictures of every view, if they are wanted.
"""
import contextlib, os, pathlib, re, subprocess, sys, tempfile, time

from axe_core_python.sync_playwright import Axe
from browser import PAGE, end, expect
from playwright.sync_api import sync_playwright

VIEWS = ("overview", "trend", "prediction", "history", "market", "alerts", "database", "system")
SIZES = {1440: (1440, 900), 390: (390, 844)}
ROOT = pathlib.Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def pipeline(folder):
    """A pipeline that plays the sample; gives the address of its page."""
    words = [
        os.environ["CRYPTO_BIN"] + "/pipeline", "--sample", "--store", f"sqlite:{folder}/crypto.db", "--http", "127.0.0.1:0",
        "--page", "127.0.0.1:0", "--page-files", str(PAGE), "--rules", str(ROOT / "config/alerts.json")]
    with open(f"{folder}/log", "w") as log:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    try:
        for line in process.stdout:
            found = re.match(r"The page: (http://\S+)", line)
            if found:
                yield found[1]
                break
        else:
            raise AssertionError("the pipeline told no address:\n" + pathlib.Path(f"{folder}/log").read_text()[-2000:])
    finally:
        process.terminate()
        expect("the pipeline ends by itself", process.wait(timeout=30), 0)


def look(browser, address, view, width, theme, reports):
    """One view at one width: no report on the console, nothing for axe to say, no sideways scroll."""
    page = browser.new_page(viewport=dict(zip(("width", "height"), SIZES[width])), color_scheme=theme)
    page.on("console", lambda one: one.type in ("error", "warning") and reports.append(f"{view}: {one.text}"))
    page.on("pageerror", lambda error: reports.append(f"{view}: {error}"))
    page.goto(f"{address}/#/{view}")
    page.wait_for_selector("h1")
    page.wait_for_timeout(1500)
    name = f"{view} at {width} px, {theme}"
    expect(f"{name}: axe finds nothing", [one["id"] for one in Axe().run(page)["violations"]], [])
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    expect(f"{name}: no sideways scroll", wide, 0)
    if "SCREENSHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/{view}-{width}-{theme}.png")
    return page


if "CRYPTO_BIN" not in os.environ:
    print("skipped: the page of a pipeline: there is no CRYPTO_BIN")
    sys.exit(0)
with tempfile.TemporaryDirectory() as folder, pipeline(folder) as address, sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    time.sleep(float(os.environ.get("WARM_UP", 8)))  # the past of the sample, until the first final minutes
    reports = []
    for width, theme in ((1440, "light"), (390, "dark")):
        for view in VIEWS:
            look(browser, address, view, width, theme, reports).close()
    expect("the console is quiet", reports, [])
    page = look(browser, address, "overview", 1440, "light", reports)
    before = page.inner_text("main")
    page.wait_for_function("before => document.querySelector('main').innerText !== before", arg=before, timeout=15_000)
    browser.close()
end()
