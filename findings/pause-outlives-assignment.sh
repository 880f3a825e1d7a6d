#!/usr/bin/env bash
# A consumer that has just been assigned its partitions reads nothing of them for ever, and no call says so.
#
# confluent-kafka 2.12.1 (librdkafka 2.12.1; librdkafka 2.0.2 of Debian 12 does the same). Partitions are paused while a database is
# away, and a rebalance comes: they are revoked and given back. In the Java client a pause of what was revoked is over (as its
# documentation says); here it outlives the revocation, as long as the client object knows the partition. So the common shape "pause while
# the store is away, resume what I paused when it is back, forget it all in on_revoke" stops reading at some rebalance, healthy by
# every count: the group is stable and the client says nothing.
#
# Seen, with the mock cluster that the library has inside and 100 records: 0 records in 4 s after unassign and assign; 100 after a
# resume. Needs python3 with venv, and no port but loopback's.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install confluent-kafka==2.12.1

"$folder/venv/bin/python" - <<'PY'
import time
from confluent_kafka import Consumer, Producer, TopicPartition, libversion

producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "ignored:1", "log_level": 0})
broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
for number in range(100):
    producer.produce("t", str(number), partition=0)
producer.flush(10)

consumer = Consumer({"bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": "g", "log_level": 0})
place = TopicPartition("t", 0, 0)

def count(seconds, enough):
    read, end = 0, time.monotonic() + seconds
    while read < enough and time.monotonic() < end:
        message = consumer.poll(0.1)
        read += message is not None and not message.error()
    return read

consumer.assign([place])
assert count(10, 100) == 100
consumer.pause([place])
consumer.unassign()
consumer.assign([place])
still = count(4, 100)
consumer.resume([place])
after = count(10, 100)
consumer.close()
print(f"librdkafka {libversion()[0]}: assigned again after a pause {still} records, after a resume {after}")
assert libversion()[0] == "2.12.1" and still == 0 and after == 100, "it has changed"
PY
