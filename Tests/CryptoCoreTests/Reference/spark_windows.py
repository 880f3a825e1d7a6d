#!/usr/bin/env python3
"""The windows of some ticks as Apache Spark's own `window()` gives them, in batch: what the Swift windows are compared with.

    spark_windows.py TICKS [--slide-ms 10000] >windows.jsonl

TICKS holds well-formed tick records, one JSON object a line, in the order of their arrival, none of them late (Spark in
batch knows no watermark). A repeated trade id counts once in its series; block trades and gaps count in no window.
Standard output receives every tumbling and every sliding window, sorted, with the fields of window/1 that Spark can
compute: all but `final` and `incomplete`. Needs pyspark (Tests/requirements-spark.txt) and Java 17.
"""

import argparse
import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

TICK = """
    source STRING, symbol STRING, kind STRING, event_time BIGINT, trade_id STRING, price DOUBLE, quantity DOUBLE,
    side STRING, block_trade BOOLEAN
"""
MINUTE = "60 seconds"


def session():
    return (
        SparkSession.builder.master("local[2]")
        .appName("windows")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )


def counted(spark, path):
    """The ticks that enter windows, each with its place in the order of arrival."""
    with open(path, encoding="utf-8") as lines:
        rows = spark.createDataFrame(list(enumerate(lines)), "arrival BIGINT, line STRING")
    ticks = rows.select("arrival", F.from_json("line", TICK).alias("tick")).select("arrival", "tick.*")
    ticks = ticks.where("kind = 'quote' OR (kind = 'trade' AND NOT coalesce(block_trade, false))")
    repeats = Window.partitionBy("source", "symbol", "trade_id").orderBy("arrival")
    ticks = ticks.withColumn("repeat", F.row_number().over(repeats)).where("kind = 'quote' OR repeat = 1")
    return ticks.withColumn("time", F.timestamp_millis("event_time"))


def windows(ticks, kind, slide):
    """*slide* as `window()` takes it; nothing for tumbling windows."""
    amount = F.col("price") * F.col("quantity")
    # Ties of event time go by the order of arrival.
    order = F.struct("event_time", "arrival")

    def volume(side):
        return F.coalesce(F.sum(F.when(F.col("side") == side, F.col("quantity"))), F.lit(0.0))

    table = ticks.groupBy("source", "symbol", F.window("time", MINUTE, *slide)).agg(
        F.count("*").alias("count"),
        F.coalesce(F.sum("quantity"), F.lit(0.0)).alias("volume"),
        F.coalesce(F.sum(amount), F.lit(0.0)).alias("amount"),
        F.avg("price").alias("average_price"),
        (F.sum(amount) / F.sum("quantity")).alias("vwap"),
        F.min_by("price", order).alias("open"),
        F.max("price").alias("high"),
        F.min("price").alias("low"),
        F.max_by("price", order).alias("close"),
        F.stddev_pop("price").alias("stddev"),
        volume("buy").alias("buy_volume"),
        volume("sell").alias("sell_volume"),
        F.min("event_time").alias("first_time"),
        F.max("event_time").alias("last_time"),
    )
    return table.select(
        "source",
        "symbol",
        F.lit(kind).alias("type"),
        F.unix_millis("window.start").alias("window_start"),
        F.unix_millis("window.end").alias("window_end"),
        *table.columns[3:],
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ticks", type=Path)
    parser.add_argument("--slide-ms", type=int, default=10_000)
    options = parser.parse_args()
    spark = session()
    spark.sparkContext.setLogLevel("ERROR")
    java = spark.sparkContext._jvm.java.lang.System.getProperty("java.version")
    print(f"Spark {spark.version}, Java {java}", file=sys.stderr)
    ticks = counted(spark, options.ticks).cache()
    found = windows(ticks, "tumbling", ()).union(windows(ticks, "sliding", (f"{options.slide_ms} milliseconds",)))
    for row in found.orderBy("type", "source", "symbol", "window_start").collect():
        sys.stdout.write(json.dumps(row.asDict(), separators=(",", ":"), ensure_ascii=False) + "\n")
    spark.stop()


if __name__ == "__main__":
    main()
