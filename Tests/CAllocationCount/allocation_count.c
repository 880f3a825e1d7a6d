// Counts this thread's heap allocations by standing in front of the program's allocator.
#define _GNU_SOURCE
#include "allocation_count.h"
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

static __thread uint64_t count __attribute__((tls_model("initial-exec")));

uint64_t allocation_count(void) { return count; }

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
// A function of the allocator behind this one. (glibc 2.36 allocates nothing in a look-up that succeeds.)
#define BEHIND(name, ...)                                    \
    static __typeof__(&name) behind;                         \
    count++;                                                 \
    if (!behind) behind = dlsym(RTLD_NEXT, #name);           \
    return behind(__VA_ARGS__)

void *memalign(size_t, size_t);

void *malloc(size_t size) { BEHIND(malloc, size); }
void *calloc(size_t n, size_t size) { BEHIND(calloc, n, size); }
void *realloc(void *p, size_t size) { BEHIND(realloc, p, size); }
void *memalign(size_t alignment, size_t size) { BEHIND(memalign, alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { BEHIND(aligned_alloc, alignment, size); }
int posix_memalign(void **out, size_t alignment, size_t size) { BEHIND(posix_memalign, out, alignment, size); }
#endif
