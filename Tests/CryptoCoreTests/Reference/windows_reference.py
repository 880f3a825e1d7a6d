#!/usr/bin/env python3
"""The window rules a second time, with pandas: what the Swift windows are compared with.

    windows_reference.py TICKS OUTPUT_DIR [--lateness-ms 5000] [--slide-ms 10000]

TICKS holds tick records, one JSON object a line, in the order of their arrival. OUTPUT_DIR receives tumbling.jsonl,
sliding.jsonl, trends.jsonl (series by series, each in the order of emission), late.jsonl (in the order of arrival) and
summary.json (counts). Windows that the data do not close are not there, as with an idle timeout of 0.

One pass in Python decides what each record is (malformed, block trade, duplicate, late, counted) and what its series'
watermark was when it came; everything that is summed, averaged or compared after that is pandas'.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd

MINUTE = 60_000
TREND_MINUTES = 6
FLAT_BELOW_PCT = 0.01
MAXIMUM_LEAD = 60_000
# Milliseconds of the years 1 to 9999.
FIRST_TIME, END_OF_TIME = -62_135_596_800_000, 253_402_300_800_000
# A series that has counted nothing yet: every window is still to come.
BEFORE_ALL = np.iinfo(np.int64).min // 2

WINDOW_FIELDS = (
    "source symbol type window_start window_end final count volume amount average_price vwap open high low close stddev"
    " buy_volume sell_volume first_time last_time incomplete"
).split()
TICK_FIELDS = (
    "source symbol kind event_time ingest_time trade_id price quantity side block_trade backfilled bid ask"
    " change_24h_pct volume_24h market_cap gap_from gap_to reason"
).split()


# ---- what is malformed


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_time(value):
    return is_number(value) and value == int(value) and FIRST_TIME <= value < END_OF_TIME


def is_text(value):
    return isinstance(value, str) and value != ""


def is_printable(text):
    return all(ord(character) > 0x20 for character in text)


def is_series(tick):
    source, symbol = tick.get("source"), tick.get("symbol")
    if not (is_text(source) and is_text(symbol) and is_printable(source) and is_printable(symbol)):
        return False
    base, dash, quote = symbol.rpartition("-")
    return ":" not in source and base != "" and quote != ""


OPTIONAL = {
    "side": lambda value: value in ("buy", "sell"),
    "block_trade": lambda value: isinstance(value, bool),
    "backfilled": lambda value: isinstance(value, bool),
} | dict.fromkeys(("bid", "ask", "change_24h_pct", "volume_24h", "market_cap"), is_number)


def is_well_formed(tick):
    if not isinstance(tick, dict) or not is_series(tick):
        return False
    if not (is_time(tick.get("event_time")) and is_time(tick.get("ingest_time"))):
        return False
    if tick["event_time"] - tick["ingest_time"] > MAXIMUM_LEAD:
        return False
    if not all(check(tick[field]) for field, check in OPTIONAL.items() if field in tick):
        return False
    has_price = is_number(tick.get("price")) and tick["price"] > 0
    if tick.get("kind") == "trade":
        quantity = tick.get("quantity")
        return has_price and is_text(tick.get("trade_id")) and is_number(quantity) and quantity > 0
    if tick.get("kind") == "quote":
        return has_price
    if tick.get("kind") == "gap":
        start, end = tick.get("gap_from"), tick.get("gap_to")
        return is_time(start) and is_time(end) and start < end and is_text(tick.get("reason"))
    return False


def parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


# ---- one pass: what each record is


class SeriesState:
    """What one series remembers: its watermark, and the ids of ticks in windows that are still open."""

    def __init__(self):
        self.watermark = BEFORE_ALL
        self.open_ids = {}  # trade id → end of the last window that holds its event time

    def is_duplicate(self, trade_id):
        return self.open_ids.get(trade_id, BEFORE_ALL) > self.watermark


def classify(lines, lateness, slide):
    """The counted ticks, the gaps (each with its place in the order of arrival), the late ticks, and how many of what."""
    states, counted, gaps, late = {}, [], [], []
    tally = dict.fromkeys(("deadletters", "block_trades", "duplicates", "late", "gaps", "counted"), 0)
    for arrival, line in enumerate(lines):
        tick = parsed(line)
        if not is_well_formed(tick):
            tally["deadletters"] += 1
            continue
        state = states.setdefault((tick["source"], tick["symbol"]), SeriesState())
        if tick["kind"] == "gap":
            tally["gaps"] += 1
            gaps.append((arrival, tick["source"], tick["symbol"], int(tick["gap_from"]), int(tick["gap_to"])))
            continue
        if tick["kind"] == "trade" and tick.get("block_trade"):
            tally["block_trades"] += 1
            continue
        if tick["kind"] == "trade" and state.is_duplicate(tick["trade_id"]):
            tally["duplicates"] += 1
            continue
        time = int(tick["event_time"])
        last_end = time // slide * slide + MINUTE
        if last_end <= state.watermark:
            tally["late"] += 1
            fields = {field: tick[field] for field in TICK_FIELDS if field in tick and tick[field] is not False}
            late.append(fields | {"late_by": state.watermark - last_end})
            continue
        tally["counted"] += 1
        before = state.watermark
        state.watermark = max(before, time - lateness)
        if tick["kind"] == "trade":
            state.open_ids[tick["trade_id"]] = last_end
        quantity = tick["quantity"] if tick["kind"] == "trade" else 0.0
        side = tick.get("side") if tick["kind"] == "trade" else None
        counted.append(
            (arrival, tick["source"], tick["symbol"], time, before, state.watermark, tick["price"], quantity, side)
        )
    ticks = pd.DataFrame(
        counted, columns="arrival source symbol time before after price quantity side".split()
    ).astype({"time": "int64", "before": "int64", "after": "int64", "price": "float64", "quantity": "float64"})
    return ticks, pd.DataFrame(gaps, columns="arrival source symbol start end".split()), late, tally


# ---- windows


def assigned(ticks, step):
    """A row for each tick and window that counts it: windows of a minute that start at the multiples of `step`."""
    parts = []
    for back in range(0, MINUTE, step):
        start = ticks["time"] // step * step - back
        parts.append(ticks.assign(window_start=start)[start + MINUTE > ticks["before"]])
    return pd.concat(parts)


def aggregated(rows, keys):
    """All fields that follow from a window's ticks alone."""
    rows = rows.assign(
        amount=rows["price"] * rows["quantity"],
        buy=rows["quantity"].where(rows["side"] == "buy", 0.0),
        sell=rows["quantity"].where(rows["side"] == "sell", 0.0),
    )
    # By event time, ties as they arrived: then `first` and `last` are open and close.
    windows = rows.sort_values(["time", "arrival"]).groupby(keys, sort=True)
    table = windows.agg(
        count=("price", "size"),
        volume=("quantity", "sum"),
        amount=("amount", "sum"),
        average_price=("price", "mean"),
        open=("price", "first"),
        high=("price", "max"),
        low=("price", "min"),
        close=("price", "last"),
        buy_volume=("buy", "sum"),
        sell_volume=("sell", "sum"),
        first_time=("time", "min"),
        last_time=("time", "max"),
    )
    table["stddev"] = windows["price"].std(ddof=0)
    table["vwap"] = (table["amount"] / table["volume"]).where(table["volume"] > 0)
    return table.reset_index()


def final_windows(ticks, gaps, kind, step):
    """The windows that the data closed, series by series, in the order in which they became final."""
    if ticks.empty:
        return pd.DataFrame(columns=WINDOW_FIELDS)
    keys = ["source", "symbol", "window_start"]
    table = aggregated(assigned(ticks, step), keys)
    table["window_end"] = table["window_start"] + MINUTE
    table["type"], table["final"], table["incomplete"] = kind, True, False
    closed = []
    for series, windows in table.groupby(["source", "symbol"]):
        own = ticks[(ticks["source"] == series[0]) & (ticks["symbol"] == series[1])]
        windows = windows[windows["window_end"] <= own["after"].max()].sort_values("window_end").copy()
        # The arrival of the tick that took the watermark (which never falls) to the window's end.
        closer = np.searchsorted(own["after"].to_numpy(), windows["window_end"].to_numpy())
        closed_at = own["arrival"].to_numpy()[closer]
        for gap in gaps[(gaps["source"] == series[0]) & (gaps["symbol"] == series[1])].itertuples():
            overlaps = (gap.start < windows["window_end"]) & (gap.end > windows["window_start"])
            windows["incomplete"] |= overlaps & (gap.arrival < closed_at)
        closed.append(windows)
    return pd.concat(closed)[WINDOW_FIELDS]


# ---- trends


def trend(source, symbol, start, averages):
    values = [averages.get(start - back * MINUTE) for back in reversed(range(TREND_MINUTES))]
    minutes = [index for index, value in enumerate(values) if value is not None]
    slope = change = None
    if len(minutes) >= 2:
        known = np.array([values[index] for index in minutes])
        design = np.column_stack([minutes, np.ones(len(minutes))])
        slope = np.linalg.lstsq(design, known - known[0], rcond=None)[0][0]
        change = (known[-1] - known[0]) / known[0] * 100
    direction = None
    if change is not None:
        direction = "flat" if abs(change) < FLAT_BELOW_PCT else "up" if change > 0 else "down"
    return {
        "source": source,
        "symbol": symbol,
        "as_of": start + MINUTE,
        "averages": values,
        "slope_per_minute": slope,
        "change_pct": change,
        "direction": direction,
    }


def trends(tumbling):
    for (source, symbol), windows in tumbling.groupby(["source", "symbol"]):
        averages = dict(zip(windows["window_start"], windows["average_price"]))
        for start in windows["window_start"]:
            yield trend(source, symbol, start, averages)


# ---- output


def plain(value):
    """As the records have it: no NaN, whole numbers without a fraction."""
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return None
        return int(value) if value == int(value) and abs(value) < 1e15 else float(value)
    return value


def write(path, records):
    with open(path, "w") as file:
        for record in records:
            record = {field: plain(value) for field, value in record.items()}
            file.write(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ticks", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--lateness-ms", type=int, default=5_000)
    parser.add_argument("--slide-ms", type=int, default=10_000)
    options = parser.parse_args()
    if options.slide_ms <= 0 or MINUTE % options.slide_ms or options.lateness_ms < 0:
        parser.error("the slide must divide a minute, and the lateness may not be negative")
    with open(options.ticks, encoding="utf-8") as lines:
        ticks, gaps, late, tally = classify(lines, options.lateness_ms, options.slide_ms)
    options.output.mkdir(parents=True, exist_ok=True)
    tumbling = final_windows(ticks, gaps, "tumbling", MINUTE)
    sliding = final_windows(ticks, gaps, "sliding", options.slide_ms)
    write(options.output / "tumbling.jsonl", tumbling.to_dict("records"))
    write(options.output / "sliding.jsonl", sliding.to_dict("records"))
    write(options.output / "trends.jsonl", trends(tumbling))
    write(options.output / "late.jsonl", late)
    tally |= {"tumbling": len(tumbling), "sliding": len(sliding)}
    (options.output / "summary.json").write_text(json.dumps(tally) + "\n")
    json.dump(tally, sys.stdout)
    print()


if __name__ == "__main__":
    main()
