"""Faults under an open page: Kafka, the store and the dashboard itself go, each without a word, and come back. The page says what is missing, needs no
reload, and is live again within seconds.

It wants CRYPTO_BIN, the folder of the programs, CRYPTO_SHARED, whose services/start-kafka starts an Apache Kafka of the test's own, and kcat.
"""
import contextlib, json, os, pathlib, signal, subprocess, sys, tempfile, time

from browser import PAGE, chromium, end, expect, open_view, themed
from living_market import REPLAY, record
from programs import free_port, need_programs, run_to_end, start

START_KAFKA = pathlib.Path(os.environ.get("CRYPTO_SHARED", "")) / "services/start-kafka"
# What the page has to notice, and to have again, within so long; a loaded machine of two cores needs most of it.
PATIENCE_MS = 40_000
PROBE = "probe:AAA-USDT"


class Kafka:
    """An Apache Kafka that can be killed and started again on its data."""

    def __init__(self, folder):
        self.folder = folder
        self.start()

    def start(self):
        said = subprocess.run([START_KAFKA, self.folder], check=True, capture_output=True, text=True).stdout
        told = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        self.address, self.pid = told["BOOTSTRAP"].strip("'\""), int(told["KAFKA_PIDS"].strip("'\""))

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def start_dashboard(folder, kafka, port):
    return start(folder, "dashboard", "--brokers", kafka.address, "--store", f"sqlite:{folder}/crypto.db", "--http", f"127.0.0.1:{port}",
                 "--page-files", str(PAGE))


def says(page, words):
    """Waits until the pill or a banner says so; gives after how long. *Units*: s."""
    begun = time.monotonic()
    page.wait_for_function("words => (document.getElementById('link').innerText + document.getElementById('banners').innerText).includes(words)", arg=words, timeout=PATIENCE_MS)
    return time.monotonic() - begun


def moves(page):
    """Waits until another price stands there; gives after how long. *Units*: s."""
    begun = time.monotonic()
    price = "[...document.querySelectorAll('.markets tbody tr')].find((row) => row.textContent.includes('synthetic'))?.querySelector('.c-price').textContent"
    before = page.evaluate(price)
    page.wait_for_function(f"before => {price} !== before", arg=before, timeout=PATIENCE_MS)
    return time.monotonic() - begun


def produce(kafka, price):
    """Puts one trade of the probe on the topic, at its time of now."""
    now = int(time.time() * 1000)
    trade = {"source": "probe", "symbol": "AAA-USDT", "kind": "trade", "event_time": now, "ingest_time": now, "trade_id": str(price), "price": price, "quantity": 1}
    subprocess.run(["kcat", "-P", "-b", kafka.address, "-t", "crypto.ticks", "-k", PROBE, "-X", "linger.ms=0"], check=True, text=True, capture_output=True,
                   input=json.dumps(trade, separators=(",", ":")) + "\n")


def check_delay(page, kafka):
    """From before the record is written, kcat's start and all, until its price stands in the cell; the best of five is what the page takes."""
    delays = []
    limit = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate("document.querySelector('main').textContent.includes('AAA-USDT')"):
        assert time.monotonic() < limit, "the probe's series is not on the page"
        produce(kafka, 100)
    cell = "() => [...document.querySelectorAll('.markets tbody tr')].find((row) => row.textContent.includes('AAA-USDT'))?.querySelector('.c-price').textContent"
    for price in range(101, 106):
        begun = time.monotonic()
        produce(kafka, price)
        page.wait_for_function(f"price => Number(({cell})()) === price", arg=price, timeout=PATIENCE_MS)
        delays.append(time.monotonic() - begun)
    expect("a record is on the page within a second", min(delays) < 1, True)
    return delays


def check_kafka(page, kafka):
    kafka.kill()
    noticed = says(page, "Kafka away")
    expect("Kafka away: the banner says what still works", "history and the database still work" in page.inner_text("#banners"), True)
    expect("Kafka away: the last prices stay", page.locator(".markets tbody tr .c-price").count() >= 2, True)
    page.evaluate("location.hash = 'history/binance:BTC-USDT?hours=1'")
    page.locator(".history-chart canvas").first.wait_for()
    page.evaluate("location.hash = 'overview'")
    page.locator(".markets tbody .c-price").first.wait_for()
    kafka.start()
    return noticed, says(page, "Live") + moves(page)


def check_store(page, folder):
    """The store's folder entry goes: what reads it anew finds none."""
    files = [file for file in pathlib.Path(folder).iterdir() if file.name.startswith("crypto.db")]
    for file in files:
        file.rename(f"{folder}/away-{file.name}")
    noticed = says(page, "store away")
    expect("store away: live prices go on", moves(page) < PATIENCE_MS / 1000, True)
    page.evaluate("location.hash = 'history/binance:BTC-USDT?hours=6'")
    page.locator(".card[data-state=failed], .card[data-state=away]").first.wait_for()
    for file in files:
        pathlib.Path(f"{folder}/away-{file.name}").rename(file)
    begun = time.monotonic()
    page.locator(".history-chart canvas").first.wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("() => !document.getElementById('banners').innerText.includes('store')", timeout=PATIENCE_MS)
    back = time.monotonic() - begun
    page.evaluate("location.hash = 'overview'")
    page.locator(".markets tbody .c-price").first.wait_for()
    return noticed, back


def check_dashboard(page, folder, kafka, processes, port):
    """The dashboard, which is the last of the processes, is killed; another one takes its place."""
    processes[-1].kill()
    processes[-1].wait()
    noticed = says(page, "does not answer")
    processes[-1] = start_dashboard(folder, kafka, port)
    return noticed, says(page, "Live") + moves(page)


def main(folder, processes):
    kafka = Kafka(f"{folder}/kafka")
    try:
        record(f"{folder}/past.jsonl", int(time.time() * 1000), 90, 0)
        run_to_end(folder, "pipeline", *REPLAY, f"{folder}/past.jsonl", "--speed", "max", "--store", f"sqlite:{folder}/crypto.db", "--http", "127.0.0.1:0", "--page", "off")
        processes.append(start(folder, "producer", "--source", "synthetic", "--symbols", "BTC-USDT", "--rate", "20", "--brokers", kafka.address, "--http", "127.0.0.1:0",
                               "--kafka-config", "reconnect.backoff.max.ms=1000"))
        port = free_port()
        processes.append(start_dashboard(folder, kafka, port))
        watch(folder, processes, kafka, port)
    finally:
        kafka.kill()


def watch(folder, processes, kafka, port):
    reports = []
    with chromium() as browser:
        wait_for(f"http://127.0.0.1:{port}/health/live")
        page = open_view(themed(browser, "light"), f"http://127.0.0.1:{port}", "overview", reports)
        page.evaluate("globalThis.isTheSame = true")
        says(page, "Live")
        moves(page)
        delays = check_delay(page, kafka)
        print("a record is on the page after", ", ".join(f"{1000 * delay:.0f}" for delay in sorted(delays)), "ms")
        print("Kafka killed: noticed after {:.1f} s; live {:.1f} s after its return".format(*check_kafka(page, kafka)))
        print("store away: noticed after {:.1f} s; drawn {:.1f} s after its return".format(*check_store(page, folder)))
        print("dashboard killed: said after {:.1f} s; live {:.1f} s after its start".format(*check_dashboard(page, folder, kafka, processes, port)))
        expect("the page was never loaded again", page.evaluate("globalThis.isTheSame"), True)
    # That something does not answer is reported by the browser itself.
    expect("the console has the browser's own words only", [one for one in reports if "Failed to load resource" not in one and "net::ERR" not in one], [])


def wait_for(address, seconds=60):
    import urllib.request
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(address, timeout=5).close()
        time.sleep(.1)
    raise AssertionError(f"{address} does not answer")


need_programs("faults under the page")
if not START_KAFKA.is_file():
    print("skipped: faults under the page: there is no services/start-kafka in CRYPTO_SHARED")
    sys.exit(0)
with tempfile.TemporaryDirectory() as folder:
    processes = []
    try:
        main(folder, processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()
end()
