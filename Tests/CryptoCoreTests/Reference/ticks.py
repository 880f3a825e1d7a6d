#!/usr/bin/env python3
"""Makes tick records (JSON lines as on the ticks topic) of a recording, in the order in which they arrived.

    ticks.py RECORDING [--source NAME] >ticks.jsonl     a Binance or bitFlyer recording, .gz or plain
    ticks.py --synthetic SEED [--count N] >ticks.jsonl  seeded: every kind of tick, hostile ones too
    ticks.py --orderly SEED [--count N] >ticks.jsonl    seeded: well-formed ticks, none later than LATENESS

The Swift windows and windows_reference.py (or, where nothing is late, spark_windows.py) then read this one file.
"""

import argparse
import csv
import gzip
import json
import random
import re
import sys
from pathlib import Path

QUOTES = ("USDT", "USDC", "BTC", "ETH", "USD")
LATENESS = 5_000
HOUR = 3_600_000


def number(text):
    """The number behind a decimal text; whole ones without a fraction."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def lines_of(path):
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    with opened as file:
        yield from file


def from_binance(lines, source):
    """`<receive time in ns or us> <frame>` a line; frames of trades only."""
    for line in lines:
        received, frame = line.split(" ", 1)
        trade = json.loads(frame)["data"]
        # A futures frame says whether it was an ordinary trade; a spot frame has no such field.
        if trade["e"] != "trade" or trade.get("X", "MARKET") != "MARKET":
            continue
        quote = next(quote for quote in QUOTES if trade["s"].endswith(quote))
        yield {
            "source": source,
            "symbol": f"{trade['s'].removesuffix(quote)}-{quote}",
            "kind": "trade",
            "event_time": trade["T"],
            "ingest_time": int(received[:13]),
            "trade_id": str(trade["t"]),
            "price": number(trade["p"]),
            "quantity": number(trade["q"]),
            # `m`: the buyer was the maker, so the taker sold.
            "side": "sell" if trade["m"] else "buy",
        }


def from_bitflyer(lines, source, symbol):
    """CSV `id,exec_ms,loaded_ms,side,price,size`; an empty time becomes an absent one, which is a dead letter."""
    for row in csv.DictReader(lines):
        tick = {"source": source, "symbol": symbol, "kind": "trade"}
        if row["exec_ms"]:
            tick["event_time"] = int(row["exec_ms"])
        tick |= {
            "ingest_time": int(row["loaded_ms"]),
            "trade_id": row["id"],
            "price": number(row["price"]),
            "quantity": number(row["size"]),
        }
        if row["side"]:
            tick["side"] = row["side"].lower()
        yield tick


def synthetic(seed, count):
    """Several series, some of them before 1970, with every kind and defect, and times that like to hit window bounds."""
    rng = random.Random(seed)
    # Start of each series, ms: bounds of windows fall on multiples of 10 s and 60 s on both sides of the epoch.
    clocks = {("venue", "AAA-USD"): 1_600_000_000_000, ("venue", "B-B-EUR"): -180_000, ("other", "AAA-USD"): 59_999}
    prices = {series: 10 ** rng.uniform(-4, 6) for series in clocks}
    sent = {series: [] for series in clocks}
    for index in range(count):
        series = rng.choice(list(clocks))
        clocks[series] += rng.choice((0, 1, 7, 250, 1_000, 1_000, 5_000)) + (rng.random() < 0.01) * rng.randrange(400_000)
        prices[series] *= rng.choice((1, 1, 0.999, 1.001, 1.00005))
        yield from hostile(rng, *series)
        time = clocks[series] - rng.choice((0, 0, 0, 0, 500, 5_000, 15_000, 62_000, 70_000, 130_000))
        if rng.random() < 0.2:
            time = time // 10_000 * 10_000 + rng.choice((-1, 0, 1, 4_999, 5_000, 5_001))
        tick = synthetic_tick(rng, series, time, index, prices[series])
        if sent[series] and rng.random() < 0.05:
            tick = dict(rng.choice(sent[series][-400:]))
        if tick["kind"] == "trade":
            sent[series].append(tick)
        yield tick


def synthetic_tick(rng, series, time, index, price):
    tick = {
        "source": series[0],
        "symbol": series[1],
        "event_time": time,
        "ingest_time": time + rng.choice((-60_000, -1, 0, 40, 90_000)),
    }
    kind = rng.random()
    if kind < 0.01:
        start = time + rng.choice((-120_000, -60_000, 0, 60_000)) // 10 * rng.randrange(1, 11)
        return tick | {"kind": "gap", "gap_from": start, "gap_to": start + rng.randrange(1, 90_000), "reason": "test"}
    tick["price"] = float(f"{price:.6g}")
    if kind < 0.2:
        return tick | {"kind": "quote"}
    tick |= {"kind": "trade", "trade_id": f"t{index}", "quantity": float(f"{10 ** rng.uniform(-6, 3):.4g}")}
    if rng.random() < 0.9:
        tick["side"] = rng.choice(("buy", "sell"))
    if rng.random() < 0.03:
        # Far ahead, so that a block trade that moved the watermark would show.
        tick |= {"block_trade": True, "event_time": time + rng.choice((0, 600_000)), "ingest_time": time + 900_000}
    return tick


def hostile(rng, source, symbol):
    """Now and then a record that must become a dead letter and change nothing else."""
    if rng.random() >= 0.02:
        return
    good = {
        "source": source, "symbol": symbol, "kind": "trade", "event_time": 9_000_000_000_000,
        "ingest_time": 9_000_000_000_000, "trade_id": "x", "price": 1, "quantity": 1,
    }
    yield good | rng.choice(
        (
            {"ingest_time": good["event_time"] - 60_001},
            {"price": 0},
            {"quantity": -1},
            {"price": "1"},
            {"trade_id": 7},
            {"side": "BUY"},
            {"symbol": "AAA"},
            {"event_time": 253_402_300_800_000, "ingest_time": 253_402_300_800_000},
            {"kind": "gap", "gap_from": 5, "gap_to": 5, "reason": "test"},
            {"kind": "candle"},
        )
    )


def orderly(seed, count):
    """Four series, one in 1900, one around 1970, one of quotes alone: out of order within the lateness, and an hour without ticks.

    Ids are counted in each series by itself, so another series' trade with the same id is no duplicate.
    """
    rng = random.Random(seed)
    clocks = {
        ("venue", "AAA-USD"): 1_600_000_000_000, ("venue", "B-B-EUR"): -95_000,
        ("old", "AAA-USD"): -2_208_988_770_000, ("prices", "AAA-USD"): 1_600_000_055_000,
    }
    prices = {series: 10 ** rng.uniform(-4, 6) for series in clocks}
    sent = {series: [] for series in clocks}
    for index in range(count):
        series = rng.choice(list(clocks))
        if index == count // 2:
            clocks = {each: clock + HOUR for each, clock in clocks.items()}
        clocks[series] += rng.choice((0, 0, 0, 1, 250, 1_000, 5_000))
        if rng.random() < 0.2:
            # On the bound of a window, or beside it.
            clocks[series] = max(clocks[series], -(-clocks[series] // 10_000) * 10_000 + rng.choice((-1, 0, 0, 1)))
        prices[series] *= rng.choice((1, 1, 0.999, 1.001, 1.00005))
        time = clocks[series] - rng.choice((0, 0, 0, 0, 1, 500, LATENESS - 1, LATENESS))
        yield orderly_tick(rng, series, time, len(sent[series]), prices[series])
        if series[0] != "prices" and rng.random() < 0.3:
            trade = orderly_tick(rng, series, time, len(sent[series]), prices[series], is_trade=True)
            sent[series].append(trade)
            yield trade
        if sent[series] and rng.random() < 0.08:
            yield rng.choice(sent[series][-5:])


def orderly_tick(rng, series, time, number, price, is_trade=False):
    tick = {"source": series[0], "symbol": series[1], "event_time": time, "ingest_time": time + rng.choice((-1, 0, 40))}
    kind = rng.random()
    if not is_trade and kind < 0.03:
        return tick | {"kind": "gap", "gap_from": time - 1_000, "gap_to": time, "reason": "test"}
    tick["price"] = float(f"{price:.6g}")
    if not is_trade and (series[0] == "prices" or kind < 0.2):
        return tick | {"kind": "quote"}
    # A trade that may come again has a plain number, the others a letter before it.
    tick |= {"kind": "trade", "trade_id": f"{number}" if is_trade else f"x{rng.getrandbits(40):x}"}
    tick["quantity"] = float(f"{10 ** rng.uniform(-6, 3):.4g}")
    if rng.random() < 0.9:
        tick["side"] = rng.choice(("buy", "sell"))
    if not is_trade and rng.random() < 0.05:
        tick |= {"block_trade": True, "event_time": time + 600_000, "ingest_time": time + 600_000}
    return tick


def recorded(path, source):
    lines = lines_of(path)
    first = next(lines)
    rest = (line for part in ([first], lines) for line in part)
    if first.startswith("id,exec_ms,"):
        symbol = re.match(r"[A-Z]+_[A-Z]+", path.name)[0].replace("_", "-")
        return from_bitflyer(rest, source or "bitflyer", symbol)
    if re.match(r'\d{16,19} \{"stream"', first):
        return from_binance(rest, source or "binance")
    sys.exit(f"{path}: neither a Binance nor a bitFlyer recording")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--source", help="default: binance or bitflyer")
    parser.add_argument("--synthetic", type=int, metavar="SEED")
    parser.add_argument("--orderly", type=int, metavar="SEED")
    parser.add_argument("--count", type=int, default=20_000, help="of synthetic ticks")
    options = parser.parse_args()
    if [options.recording, options.synthetic, options.orderly].count(None) != 2:
        parser.error("give a recording, --synthetic SEED or --orderly SEED")
    if options.recording:
        ticks = recorded(options.recording, options.source)
    elif options.synthetic is not None:
        ticks = synthetic(options.synthetic, options.count)
    else:
        ticks = orderly(options.orderly, options.count)
    for tick in ticks:
        sys.stdout.write(json.dumps(tick, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
