#pragma once
#include <stdint.h>
/// Heap allocations (malloc, calloc, realloc, aligned) made by the calling thread since it started.
uint64_t allocation_count(void);
