#pragma once
#include <sqlite3.h>

// Variadic: counts no memory any more, which takes a lock for each piece. Before anything else of SQLite is called.
static inline int sqlite_shim_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
