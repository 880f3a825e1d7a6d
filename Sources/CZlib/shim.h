#pragma once
#include <zlib.h>

// deflateInit2 is a macro: the smallest output, as a gzip file (15 + 16) without name and time.
static inline int zlib_begin_gzip(z_stream *stream) {
  return deflateInit2(stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
}
