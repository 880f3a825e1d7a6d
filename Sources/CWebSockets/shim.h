#pragma once
// The system's types are those of Swift's own Glibc module, not copies of this one: whoever uses them need not import it.
#pragma clang module import SwiftGlibc
#include <libwebsockets.h>

// LWS_PRE is a nested function-like macro: the bytes that lws_write needs before its payload.
static inline size_t cws_room_before_payload(void) { return LWS_PRE; }
