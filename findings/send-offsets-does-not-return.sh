#!/usr/bin/env bash
# rd_kafka_send_offsets_to_transaction() does not return, though all brokers answer and its time limit is one second.
#
# librdkafka 2.0.2 (Debian 12's). The call asks where the group's coordinator is. Three answers COORDINATOR_NOT_AVAILABLE, as a broker
# gives that has just come up and has not loaded the groups, are its first question and its two retries (retry.backoff.ms apart).
# Then nothing is under way any more: the call waits for a broker's connection to come or go, with all of them up, and its time limit
# is looked at by nobody. One would expect another question after a while, or an error when the time is over. Cause:
# rd_kafka_coord_req_handle_FindCoordinator ignores that rd_kafka_buf_retry refuses, and creq_ts_timeout is set and never read (the
# latter: github.com/confluentinc/librdkafka/issues/5456). What helps is another process, or a connection that breaks.
#
# Seen: with two answers the call returns in 0 s, with three it is still there after 30 s. Needs Debian 12 (apt-get download), gcc, and no
# port but loopback's.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in librdkafka1=2.0.2-1 librdkafka-dev=2.0.2-1; do
    apt-get -q download "$package" >/dev/null
done
for file in ./*.deb; do dpkg -x "$file" root; done

cat >offsets.c <<'C'
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(rd_kafka_error_t *error) {
    if (error) fprintf(stderr, "%s\n", rd_kafka_error_string(error)), exit(2);
}

int main(int argc, char **argv) {
    char text[256];
    const char *settings[][2] = {{"test.mock.num.brokers", "1"}, {"transactional.id", "t"}, {"log_level", "2"}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (int i = 0; i < 3; i++) rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!producer) fprintf(stderr, "%s\n", text), exit(2);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(producer);
    must(rd_kafka_init_transactions(producer, 10000));
    must(rd_kafka_begin_transaction(producer));

    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, "in", 0)->offset = 12;
    const int findCoordinator = 10;
    for (int i = 0; i < atoi(argv[1]); i++)
        rd_kafka_mock_push_request_errors(cluster, findCoordinator, 1, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE);
    must(rd_kafka_send_offsets_to_transaction(producer, offsets, rd_kafka_consumer_group_metadata_new("g"), 1000));
    return 0;
}
C
library=$(dirname "$(find root -name 'librdkafka.so.1')")
gcc -O1 -Iroot/usr/include offsets.c -o offsets "$library/librdkafka.so.1" -Wl,-rpath,"$PWD/$library"
seen=$(for answers in 2 3; do
    code=0
    timeout 30 ./offsets "$answers" || code=$?
    printf '%s answers: %s\n' "$answers" "$([[ $code == 124 ]] && echo 'still there after 30 s' || echo "returned, exit $code")"
done)
printf '%s\n' "$seen"
[[ $seen == "2 answers: returned, exit 0
3 answers: still there after 30 s" ]] || {
    printf 'this is not what was seen\n' >&2
    exit 1
}
