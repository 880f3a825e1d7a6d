#pragma once
#include <zlib.h>

// inflateInit2 is a macro: gzip data (15 + 16) and nothing else.
static inline int zlib_begin_gunzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

// deflateInit2 is a macro: a gzip file (15 + 16) without name and time.
static inline int zlib_begin_gzip(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
}
