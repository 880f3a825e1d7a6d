#!/usr/bin/env bash
# A Kafka client reads nothing, and says nothing, from a broker that another client reads whole.
#
# librdkafka 2.0.2 (Debian 12's; bundled in confluent-kafka 2.0.2) brings a mock cluster that speaks Kafka's protocol. It offers
# ListOffsets up to version 5, whose answers carry a leader epoch from version 4 on: four bytes by the protocol, eight in what it
# writes. kafka-python 2.2.15 asks in such a version where a partition begins and makes nothing of the answer: an empty iterator,
# no exception. kafka-python 2.0.2 and librdkafka itself ask in older versions and read all. One would expect all, or an error.
#
# Seen: three records written; confluent-kafka 2.0.2 reads 3, kafka-python 2.0.2 reads 3, kafka-python 2.2.15 reads 0.
# Later librdkafka (2.8.0 tried) answers right. Needs python3 (3.11) with venv, PyPI, and no port but loopback's.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/read.py" <<'PY'
import logging, time
from confluent_kafka import Consumer, Producer, TopicPartition
import kafka

logging.disable(logging.CRITICAL)
producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
broker = list(producer.list_topics(timeout=10).brokers.values())[0]
address = f"{broker.host}:{broker.port}"
for number in range(3):
    producer.produce("t", value=str(number).encode(), partition=0)
assert producer.flush(10) == 0

consumer = Consumer({"bootstrap.servers": address, "group.id": "g", "log_level": 0})
consumer.assign([TopicPartition("t", 0, 0)])
count, end = 0, time.time() + 10
while count < 3 and time.time() < end:
    message = consumer.poll(1)
    count += message is not None and not message.error()
consumer.close()

reader = kafka.KafkaConsumer(
    "t", bootstrap_servers=address, auto_offset_reset="earliest", group_id=None, consumer_timeout_ms=5000)
print(f"confluent-kafka {count}, kafka-python {kafka.__version__} {sum(1 for _ in reader)}")
PY

seen=$(
    for version in 2.0.2 2.2.15; do
        python3 -m venv "$folder/$version"
        "$folder/$version/bin/pip" install -q --disable-pip-version-check confluent-kafka==2.0.2 "kafka-python==$version"
        "$folder/$version/bin/python" "$folder/read.py" 2>/dev/null
    done
)
printf '%s\n' "$seen"
[[ $seen == "confluent-kafka 3, kafka-python 2.0.2 3
confluent-kafka 3, kafka-python 2.2.15 0" ]] || {
    printf 'this is not what was seen\n' >&2
    exit 1
}
