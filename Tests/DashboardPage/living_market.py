"""A real pipeline that has an invented market (market.py) behind it, and goes on with it: what a reader of the page has before them."""
import contextlib, json, pathlib, time, urllib.request

from market import MINUTE, recording
from programs import ROOT, pipeline, run_to_end

REPLAY = ("--source", "replay", "--file")


def record(path, *span, more=(), **seed):
    with open(path, "w") as file:
        file.writelines(line + "\n" for line in (*more, *recording(*span, **seed)))


def patient_rules(path):
    """The shipped rules, but a feed has to be silent for a minute more: while a recording catches up with the clock all of them are."""
    rules = json.loads((ROOT / "config/alerts.json").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            if rule["alert"] == "FeedSilent":
                rule["for"] = "1m"
    pathlib.Path(path).write_text(json.dumps(rules))


def train(folder, minutes, before):
    """Trains a model on so many minutes of another market that ended `before` minutes ago; they stay in the folder's store."""
    record(f"{folder}/before.jsonl", int(time.time() * 1000) - before * MINUTE, minutes, 0, seed=7)
    run_to_end(folder, "pipeline", *REPLAY, f"{folder}/before.jsonl", "--speed", "max", "--store", f"sqlite:{folder}/crypto.db", "--http", "127.0.0.1:0",
               "--page", "off")
    run_to_end(folder, "trainer", "--preset", "horizon", "--from", f"sqlite:{folder}/crypto.db", "--models", f"{folder}/models", "--http", "127.0.0.1:0",
               "--evaluate", "holdout:0.3")


@contextlib.contextmanager
def living_market(folder, past, ahead, lines=()):
    """`past` minutes at once and `ahead` as they come, with a model that learned from as many before; `lines` are ticks more, such as hostile
    ones. Gives the page's address when the past has been read."""
    train(folder, past, past + 5)
    patient_rules(f"{folder}/alerts.json")
    record(f"{folder}/day.jsonl", int(time.time() * 1000), past, ahead, more=lines)
    with pipeline(folder, *REPLAY, f"{folder}/day.jsonl", "--shift", "now", "--speed", "10", "--rules", f"{folder}/alerts.json",
                  "--models", f"{folder}/models") as address:
        await_now(address)
        yield address


def await_now(address, seconds=90):
    """Waits until a market's newest final minute is the last one of the clock, with all that is calculated of it."""
    end = time.monotonic() + seconds
    while True:
        with urllib.request.urlopen(f"{address}/api/live") as answer:
            rows = {row["series"]: row for row in json.load(answer)["series"]}
        row = rows.get("binance:BTC-USDT", {})
        times = [row.get("final", {}).get("window_end", 0), row.get("indicators", {}).get("as_of", 0), row.get("prediction", {}).get("event_time", 0)]
        if min(times) > (time.time() - 75) * 1000 and "score" in row:
            return
        assert time.monotonic() < end, f"the past is not read after {seconds} s: {times}"
        time.sleep(.3)
