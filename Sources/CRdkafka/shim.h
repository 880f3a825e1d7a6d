#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/// `rd_kafka_producev` is variadic. Copies key, value and headers (each may be NULL).
static inline rd_kafka_resp_err_t cryptostream_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size, const void *value,
    size_t value_size, const rd_kafka_headers_t *headers, void *opaque) {
    rd_kafka_headers_t *copy = headers ? rd_kafka_headers_copy(headers) : NULL;
    rd_kafka_resp_err_t code = rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY((void *)key, key_size), RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_HEADERS(copy),
        RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    if (code && copy) rd_kafka_headers_destroy(copy);
    return code;
}
