#pragma once
#include <mongoc/mongoc.h>

// Swift sees both types as opaque, as they are aligned to 128 bytes: this is what memory for one takes.
enum { CRYPTO_BSON_BYTES = sizeof(bson_t), CRYPTO_BSON_ITER_BYTES = sizeof(bson_iter_t), CRYPTO_BSON_ALIGNMENT = 128 };
