#!/usr/bin/env python3
"""Writes bitFlyer's executions as ticks, a file a day, as the sink's CSV store does: bitflyer_ticks.py FOLDER DAY_FILE...

DAY_FILE is BTC_JPY-executions-DATE.csv.gz of the recordings (id, exec_ms, loaded_ms, side, price, size). Executions without a time or
a side become no ticks; nothing else is changed: what comes twice and out of order is for the trainer to put right.
"""

import csv
import gzip
import sys
from pathlib import Path

COLUMNS = (
    "_id,source,symbol,kind,event_time,ingest_time,trade_id,price,quantity,side,block_trade,backfilled,bid,ask,"
    "change_24h_pct,volume_24h,market_cap,gap_from,gap_to,reason"
).split(",")


def write(folder, path):
    """Writes one day; how many ticks it has."""
    day = path.name.removeprefix("BTC_JPY-executions-").removesuffix(".csv.gz")
    count = 0
    with gzip.open(path, "rt", newline="") as source, open(folder / f"ticks-{day}.csv", "w", newline="") as target:
        target.write(",".join(COLUMNS) + "\n")
        for row in csv.DictReader(source):
            side = row["side"].lower()
            if row["exec_ms"] == "" or side not in ("buy", "sell"):
                continue
            time, arrival = int(row["exec_ms"]), int(row["loaded_ms"] or row["exec_ms"])
            known = ["bitflyer", "BTC-JPY", "trade", time, arrival, row["id"], row["price"], row["size"], side]
            cells = [f"bitflyer:BTC-JPY:{row['id']}", *known]
            target.write(",".join(map(str, cells)) + "," * (len(COLUMNS) - len(cells)) + "\n")
            count += 1
    return count


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, sys.argv[2:]):
        print(f"{path.name}: {write(folder, path)} ticks")


if __name__ == "__main__":
    main()
