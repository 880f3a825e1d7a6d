#pragma once
// The system's types are those of Swift's own Glibc module, not copies of this one: whoever uses them need not import it.
#pragma clang module import SwiftGlibc
#include <zip.h>
