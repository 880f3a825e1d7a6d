"""What `bench dashboard` has a browser, Streamlit and a MongoDB server do; each command prints a line for each measurement.

    open URL SELECTOR TIMES             bytes over the wire, ms until rows of the view are drawn
    watch URL SELECTOR SECONDS          "begin", then CPU seconds of renderer, of painting, and of the browser
    rerun PORT QUERY...                 ms of a run of the Streamlit app with each query, as its page would ask for it
    aggregate URI series FROM TO STEP TIMES    ms of MongoDB's own candles of final minutes

It wants Debian's chromium, and a Python with Tests/requirements-dashboard.txt.
"""
import os, sys, time


def chromium(play):
    return play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])


def open_page(url, selector, times):
    """Each time with nothing kept from the time before; the first one warms the browser and does not count."""
    from playwright.sync_api import sync_playwright
    with sync_playwright() as play:
        browser = chromium(play)
        for turn in range(int(times) + 1):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            session, received = context.new_cdp_session(page), {}
            session.send("Network.enable")
            session.on("Network.loadingFinished", lambda event: received.__setitem__(event["requestId"], event["encodedDataLength"]))
            session.on("Network.webSocketFrameReceived", lambda event: received.__setitem__(len(received), len(event["response"]["payloadData"])))
            # The time is the page's own: from the beginning of the navigation to the frame behind the first row.
            page.add_init_script("""
                const look = () => {
                    const row = document.querySelector('%s');
                    if (row && row.getBoundingClientRect().height > 0) {
                        requestAnimationFrame(() => setTimeout(() => { window.thereAt = performance.now(); }));
                    } else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);""" % selector)
            page.goto(url, wait_until="commit")
            page.wait_for_function("() => window.thereAt !== undefined", timeout=60_000)
            there = page.evaluate("window.thereAt")
            page.wait_for_timeout(1_000)  # what belongs to the first view and comes behind it
            if turn:
                print(sum(received.values()), round(there), flush=True)
            context.close()
        browser.close()


def watch(url, selector, seconds):
    from playwright.sync_api import sync_playwright
    with sync_playwright() as play:
        browser = chromium(play)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(url)
        page.wait_for_selector(selector, timeout=60_000)
        page.wait_for_timeout(5_000)
        session = browser.new_browser_cdp_session()

        def cpu():
            sums = {"renderer": 0.0, "GPU": 0.0, "browser": 0.0}
            for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
                if process["type"] in sums:
                    sums[process["type"]] += process["cpuTime"]
            return sums
        before = cpu()
        print("begin", flush=True)
        time.sleep(float(seconds))
        after = cpu()
        print(*(f"{after[kind] - before[kind]:.3f}" for kind in before), flush=True)
        browser.close()


def rerun(port, *queries):
    """What Streamlit's page sends and hears, without the page: a message asks for a run, and the last one of a run says that it ended."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:
        for query in queries:
            asked, start, size = BackMsg(), time.perf_counter(), 0
            asked.rerun_script.query_string = query
            socket.send(asked.SerializeToString())
            while True:
                heard = socket.recv()
                size += len(heard)
                told = ForwardMsg.FromString(heard)
                if told.WhichOneof("type") == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
                    sys.exit(told.delta.new_element.exception.message)
                if told.WhichOneof("type") == "script_finished":
                    break
            print(f"{(time.perf_counter() - start) * 1000:.2f} {size}", flush=True)


def aggregate(uri, series, begin, end, step, times):
    from pymongo import MongoClient
    source, symbol = series.split(":")
    begin, end, step = int(begin), int(end), int(step)
    windows = MongoClient(uri).get_default_database()["windows"]
    stages = [
        {"$match": {
            "source": source, "symbol": symbol, "type": "tumbling", "final": True, "window_start": {"$gte": begin, "$lt": end}}},
        {"$sort": {"window_start": 1}},
        {"$group": {
            "_id": {"$subtract": ["$window_start", {"$mod": ["$window_start", step]}]}, "open": {"$first": "$open"},
            "high": {"$max": "$high"}, "low": {"$min": "$low"}, "close": {"$last": "$close"}, "volume": {"$sum": "$volume"},
            "count": {"$sum": "$count"}, "buy_volume": {"$sum": "$buy_volume"}, "sell_volume": {"$sum": "$sell_volume"},
            "amount": {"$sum": "$amount"}}},
        {"$sort": {"_id": 1}}]
    for _ in range(int(times)):
        start = time.perf_counter()
        candles = list(windows.aggregate(stages))
        print(f"{(time.perf_counter() - start) * 1000:.2f} {len(candles)}", flush=True)


{"open": open_page, "watch": watch, "rerun": rerun, "aggregate": aggregate}[sys.argv[1]](*sys.argv[2:])
