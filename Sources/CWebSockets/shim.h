#pragma once
// The system's types are those of Swift's own Glibc module, not copies of this one: whoever uses them need not import it.
#pragma clang module import SwiftGlibc
#include <libwebsockets.h>
#include <netdb.h>

// LWS_PRE is a nested function-like macro: the bytes that lws_write needs before its payload.
static inline size_t cws_room_before_payload(void) { return LWS_PRE; }

// getaddrinfo_a(3), which resolves a name without blocking the caller, is a GNU extension of glibc. Asking for those by
// _GNU_SOURCE would give this module other definitions of system types than Swift's own Glibc module has, so its
// declarations stand here, as in <netdb.h>.
#ifndef __USE_GNU
#define GAI_NOWAIT 1
#define EAI_INPROGRESS -100
#define EAI_CANCELED -101
struct gaicb {
    const char *ar_name;
    const char *ar_service;
    const struct addrinfo *ar_request;
    struct addrinfo *ar_result;
    int __return;
    int __glibc_reserved[5];
};
extern int getaddrinfo_a(int mode, struct gaicb *list[], int count, struct sigevent *event);
extern int gai_suspend(const struct gaicb *const list[], int count, const struct timespec *timeout);
extern int gai_error(struct gaicb *request);
extern int gai_cancel(struct gaicb *request);
#endif
