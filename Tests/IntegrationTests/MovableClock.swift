import Foundation
import TestSupport

/// A wall clock that a test moves under a program that runs: a library that the program is started with.
///
/// Only the program's own code sees it: C libraries hold their waits against the kernel's clock.
struct MovableClock {
    private let offset: FileHandle
    /// What the program is to be started with.
    let environment: [String: String]

    /// - Throws: when there is no C compiler.
    init(in folder: URL, program: String) throws {
        let (source, library) = (folder.appendingPathComponent("clock.c"), folder.appendingPathComponent("clock.so"))
        let file = folder.appendingPathComponent("clock.offset")
        try Data(MovableClock.text.utf8).write(to: source)
        _ = try ChildProcess.run("cc", ["-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl"])
        try Data(count: 8).write(to: file)
        offset = try FileHandle(forUpdating: file)
        environment = [
            "LD_PRELOAD": library.path, "MOVABLE_CLOCK_OFFSET": file.path, "MOVABLE_CLOCK_PROGRAM": program,
        ]
    }

    /// From now on the clock shows the time, so many seconds off.
    func set(seconds: Int64) throws {
        try offset.seek(toOffset: 0)
        try offset.write(contentsOf: withUnsafeBytes(of: seconds) { Data($0) })
    }

    private static let text = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>
        static volatile long long *offset;
        static const char *program;
        __attribute__((constructor)) static void begin(void) {
            int file = open(getenv("MOVABLE_CLOCK_OFFSET"), O_RDONLY);
            void *page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
            program = getenv("MOVABLE_CLOCK_PROGRAM");
            if (page != MAP_FAILED) offset = page;
        }
        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            if (clock != CLOCK_REALTIME || !offset || *offset == 0) return result;
            Dl_info caller;
            if (!dladdr(__builtin_return_address(0), &caller) || !caller.dli_fname) return result;
            const char *slash = strrchr(caller.dli_fname, '/');
            if (strcmp(slash ? slash + 1 : caller.dli_fname, program) == 0) time->tv_sec += *offset;
            return result;
        }
        """
}
