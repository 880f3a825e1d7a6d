#!/usr/bin/env python3
"""Reads a topic with a client library, from its beginning: as it is, then as a member of a new group, which commits.

    read_broker.py CLIENT HOST:PORT TOPIC COUNT

Prints the COUNT records of each way, a line each and sorted: way, partition, offset, key, value, headers. Exit 1 when the
client says anything else than records, or says nothing for too long. CLIENT is kafka-python, aiokafka, confluent-kafka or kcat.
"""

import json
import subprocess
import sys
import time

SECONDS = 40


def line(way, partition, offset, key, value, headers):
    headers = [(name, value.decode()) for name, value in headers or []]
    return json.dumps([way, partition, offset, key.decode(), value.decode(), headers])


def kafka_python(address, topic, count):
    from kafka import KafkaConsumer, TopicPartition

    for way, group in (("plain", None), ("group", f"{topic}-kafka-python")):
        consumer = KafkaConsumer(
            bootstrap_servers=address, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
            consumer_timeout_ms=SECONDS * 1000,
        )
        if group:
            consumer.subscribe([topic])
        else:
            consumer.assign([TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)])
        for _, record in zip(range(count), consumer):
            yield line(way, record.partition, record.offset, record.key, record.value, record.headers)
        if group:
            consumer.commit()
        consumer.close()


def aiokafka(address, topic, count):
    import asyncio

    from aiokafka import AIOKafkaConsumer, TopicPartition

    async def read(way, group):
        names = [topic] if group else []
        consumer = AIOKafkaConsumer(
            *names, bootstrap_servers=address, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        if not group:
            await consumer._client.force_metadata_update()
            numbers = consumer._client.cluster.partitions_for_topic(topic)
            consumer.assign([TopicPartition(topic, number) for number in numbers])
        lines = []
        while len(lines) < count:
            record = await asyncio.wait_for(consumer.getone(), SECONDS)
            lines.append(line(way, record.partition, record.offset, record.key, record.value, record.headers))
        if group:
            await consumer.commit()
        await consumer.stop()
        return lines

    for way, group in (("plain", None), ("group", f"{topic}-aiokafka")):
        yield from asyncio.run(read(way, group))


def confluent_kafka(address, topic, count):
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    for way in ("plain", "group"):
        consumer = Consumer({
            "bootstrap.servers": address, "group.id": f"{topic}-confluent", "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        })
        if way == "plain":
            numbers = consumer.list_topics(topic, SECONDS).topics[topic].partitions
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
        else:
            consumer.subscribe([topic])
        end = time.monotonic() + SECONDS
        seen = 0
        while seen < count and time.monotonic() < end:
            record = consumer.poll(1)
            if record is None:
                continue
            if record.error():
                sys.exit(f"{way}: {record.error()}")
            seen += 1
            yield line(way, record.partition(), record.offset(), record.key(), record.value(), record.headers())
        if way == "group":
            consumer.commit(asynchronous=False)
        consumer.close()


def kcat(address, topic, count):
    ways = {
        "plain": ["-C", "-t", topic, "-o", "beginning"],
        "group": ["-G", f"{topic}-kcat", topic, "-X", "auto.offset.reset=earliest"],
    }
    for way, arguments in ways.items():
        command = ["kcat", "-b", address, "-q", "-J", "-c", str(count), *arguments]
        found = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=SECONDS).stdout
        for text in found.splitlines():
            record = json.loads(text)
            names, values = record["headers"][::2], record["headers"][1::2]
            headers = [(name, value.encode()) for name, value in zip(names, values)]
            yield line(way, record["partition"], record["offset"], record["key"].encode(), record["payload"].encode(), headers)


client, address, topic, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
read = {"kafka-python": kafka_python, "aiokafka": aiokafka, "confluent-kafka": confluent_kafka, "kcat": kcat}[client]
print("\n".join(sorted(read(address, topic, count))))
