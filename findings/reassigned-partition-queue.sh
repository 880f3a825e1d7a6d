#!/usr/bin/env bash
# A queue asked for by a partition's name stays empty for ever, while the partition's records arrive in the consumer's queue.
#
# librdkafka 2.0.2 (Debian 12's). A program that reads each partition through its own queue asks for that queue
# (rd_kafka_queue_get_partition), takes it out of the consumer's (rd_kafka_queue_forward to NULL) and assigns the partition. Assign
# the same partition again, with queue and forward asked for anew just before the call, as at the first time: when no metadata has
# come in between, the call that lets the old assignment go forgets the partition, and makes another one with another queue. The
# queue in hand belongs to the forgotten one. No error; one would expect a queue to belong to its topic and partition, as the call
# is given nothing else. With an empty assignment before the queue is asked for, all is well.
#
# Seen, with a mock broker that answers after 300 ms and 100 records: 0 in the partition's queue and 100 in the consumer's; with the
# empty assignment in between 100 and 0. Needs Debian 12 (apt-get download), gcc, and no port but loopback's.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in librdkafka1=2.0.2-1 librdkafka-dev=2.0.2-1; do
    apt-get -q download "$package" >/dev/null
done
for file in ./*.deb; do dpkg -x "$file" root; done

cat >again.c <<'C'
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static rd_kafka_t *client(rd_kafka_type_t type, const char *key, const char *value) {
    char error[256];
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    rd_kafka_conf_set(settings, key, value, error, sizeof error);
    if (type == RD_KAFKA_CONSUMER) rd_kafka_conf_set(settings, "group.id", "g", error, sizeof error);
    rd_kafka_t *made = rd_kafka_new(type, settings, error, sizeof error);
    if (!made) fprintf(stderr, "%s\n", error), exit(2);
    return made;
}

static int drain(rd_kafka_queue_t *queue) {
    rd_kafka_message_t *messages[64];
    ssize_t count = rd_kafka_consume_batch_queue(queue, 50, messages, 64);
    int records = 0;
    for (ssize_t i = 0; i < count; i++) {
        records += messages[i]->err == 0;
        rd_kafka_message_destroy(messages[i]);
    }
    return records;
}

static rd_kafka_queue_t *assign(rd_kafka_t *consumer, rd_kafka_topic_partition_list_t *place) {
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(consumer, "t", 0);
    rd_kafka_queue_forward(queue, NULL);
    rd_kafka_assign(consumer, place);
    return queue;
}

int main(int argc, char **argv) {
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, "test.mock.num.brokers", "1");
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(producer);
    rd_kafka_mock_topic_create(cluster, "t", 1, 1);
    for (int i = 0; i < 100; i++)
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("x", 1), RD_KAFKA_V_END);
    rd_kafka_flush(producer, 10000);
    rd_kafka_mock_broker_set_rtt(cluster, 1, 300);

    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster));
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_queue_t *all = rd_kafka_queue_get_consumer(consumer);
    rd_kafka_topic_partition_list_t *place = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(place, "t", 0)->offset = 0;
    assign(consumer, place);
    if (argc > 1) {
        rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
        rd_kafka_assign(consumer, none);
    }
    rd_kafka_queue_t *mine = assign(consumer, place);

    int own = 0, others = 0;
    for (time_t end = time(NULL) + 8; own + others < 100 && time(NULL) < end;) own += drain(mine), others += drain(all);
    printf("%s: %d in the partition's queue, %d in the consumer's\n", argc > 1 ? "let go before" : "assigned again", own, others);
    return 0;
}
C
library=$(dirname "$(find root -name 'librdkafka.so.1')")
gcc -O1 -Iroot/usr/include again.c -o again "$library/librdkafka.so.1" -Wl,-rpath,"$PWD/$library"
seen=$(./again && ./again empty)
printf '%s\n' "$seen"
[[ $seen == "assigned again: 0 in the partition's queue, 100 in the consumer's
let go before: 100 in the partition's queue, 0 in the consumer's" ]] || {
    printf 'this is not what was seen\n' >&2
    exit 1
}
