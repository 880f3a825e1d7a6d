"""What went through the pipeline, from outside: topics, the database, and both calculated anew from the ticks."""

import collections
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import pymongo
from confluent_kafka import Consumer, TopicPartition
from stack import ROOT

REFERENCE = ROOT / "Tests/CryptoCoreTests/Reference/windows_reference.py"
KEYS = {"tumbling": "window_start", "sliding": "window_start", "trends": "as_of"}
TOPICS = {"tumbling": "crypto.windows.tumbling", "sliding": "crypto.windows.sliding", "trends": "crypto.trends"}
# A producer that is killed takes the trades of its last moment with it: so many seconds of them may lack others between them.
LAST_MOMENT = 2


def read_values(address, topic):
    """The committed values of a topic as text, from its beginning to where it ends now, those of a partition in their order."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "compose-test", "isolation.level": "read_committed",
                         "enable.partition.eof": True, "auto.offset.reset": "earliest", "enable.auto.commit": False})
    numbers = list(consumer.list_topics(topic, 10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
    open_, values = set(numbers), []
    while open_:
        message = consumer.poll(10)
        assert message is not None, f"{topic}: nothing for 10 s, partitions {open_} not read to their end"
        if message.error():
            open_.discard(message.partition())
        else:
            values.append(message.value().decode())
    consumer.close()
    return values


def read(address, topic):
    return [json.loads(value) for value in read_values(address, topic)]


def by_key(records, time):
    """A record for each series and time; fails where one is there twice."""
    found = {}
    for record in records:
        key = (record["source"], record["symbol"], record[time])
        assert key not in found, f"twice: {key}"
        found[key] = record
    return found


def same(ours, theirs):
    """Sums in another order differ in their last digits; everything else is equal."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if type(ours) in (int, float) and type(theirs) in (int, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-6)
    return ours == theirs


def recomputed(ticks):
    """What pandas makes of the ticks: kind → records."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "ticks.jsonl"
        source.write_text("".join(json.dumps(tick) + "\n" for tick in ticks))
        subprocess.run([sys.executable, "-B", REFERENCE, source, folder], check=True, stdout=subprocess.PIPE)
        return {kind: [json.loads(line) for line in (Path(folder) / f"{kind}.jsonl").open()] for kind in KEYS}


def problem_of_ticks(ticks, rate):
    """The first trade that a run of the producer made and the topic lacks; ids are `<start of the run>-<number>`."""
    runs = collections.defaultdict(set)
    for tick in ticks:
        if tick["source"] == "synthetic" and tick["kind"] == "trade":
            start, number = tick["trade_id"].split("-")
            runs[start].add(int(number))
    for start, numbers in runs.items():
        missing = set(range(max(numbers) - LAST_MOMENT * rate)) - numbers
        if missing:
            return f"the run that began at {start} lacks {len(missing)} trades of {max(numbers)}, {min(missing)} is the first"
    return None if runs else "there is no trade"


def problem_of_topics(address, ticks):
    """The first difference between the processed topics and what the ticks say; None when there is none."""
    expected = recomputed(ticks)
    for kind, time in KEYS.items():
        theirs, ours = by_key(expected[kind], time), by_key(read(address, TOPICS[kind]), time)
        if not theirs:
            return f"{kind}: the ticks make none"
        if ours.keys() != theirs.keys():
            return f"{kind}: missing {sorted(theirs.keys() - ours.keys())[:3]}, too many {sorted(ours.keys() - theirs.keys())[:3]}"
        for key, record in theirs.items():
            wrong = [(field, ours[key].get(field), value) for field, value in record.items() if not same(ours[key].get(field), value)]
            if wrong:
                return f"{kind} {key}: {wrong}"
    for topic in ("crypto.late", "crypto.deadletter"):
        if found := read_values(address, topic):
            return f"{topic}: {found[0]}"
    return None


def tick_ids(ticks):
    """The `_id`s that trades and gaps have in the database."""
    for tick in ticks:
        series = f"{tick['source']}:{tick['symbol']}"
        if tick["kind"] == "trade":
            yield f"{series}:{tick['trade_id']}"
        elif tick["kind"] == "gap":
            yield f"{series}:gap:{tick['gap_from']}"


def problem_of_store(address, uri, ticks):
    """The first difference between the database and the topics; None when there is none."""
    store = pymongo.MongoClient(uri, serverSelectionTimeoutMS=5_000).crypto
    expected = set(tick_ids(ticks))
    found = {row["_id"] for row in store.ticks.find({"kind": {"$ne": "quote"}}, {"_id": 1})}
    if found != expected:
        missing, more = sorted(expected - found), sorted(found - expected)
        return f"ticks: {len(missing)} missing, such as {missing[:3]}, {len(more)} too many, such as {more[:3]}"
    for kind, word, rows in (
        ("tumbling", "tumbling", store.windows.find({"type": "tumbling", "final": True})),
        ("sliding", "sliding", store.windows.find({"type": "sliding", "final": True})),
        ("trends", "trend", store.trends.find({"final": {"$ne": False}})),
    ):
        records = {f"{source}:{symbol}:{word}:{time}": record
                   for (source, symbol, time), record in by_key(read(address, TOPICS[kind]), KEYS[kind]).items()}
        if problem := problem_of_rows({row["_id"]: row for row in rows}, records):
            return f"{kind}: {problem}"
    return problem_of_predictions(read(address, "crypto.predictions"), store.predictions.count_documents({}))


def problem_of_rows(rows, records):
    """The first difference between rows of the database and records of a topic, both by `_id`."""
    if rows.keys() != records.keys():
        return f"{sorted(rows.keys() ^ records.keys())[:3]} are in one of topic and database"
    for name, record in records.items():
        wrong = [field for field in record if not same(rows[name].get(field), record[field])]
        if wrong:
            return f"{name}: {wrong}"
    return None


def problem_of_predictions(records, rows):
    """Whether a model predicted something twice, or the database has other predictions than the topic."""
    fields = ("model", "version", "source", "symbol", "kind", "trade_id", "event_time")
    once = {tuple(record.get(field) for field in fields) for record in records}
    if len(once) != len(records) or rows != len(records):
        return f"predictions: {len(records)} on the topic, {len(once)} of them different, {rows} in the database"
    return None
