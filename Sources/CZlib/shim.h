#include <zlib.h>

/* zlib starts its streams by macros that carry the header's version; each gets a typed door. */

static inline int zlib_start_inflating(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

static inline int zlib_start_deflating(z_stream *stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
