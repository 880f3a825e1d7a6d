internal import Glibc
internal import ServiceKit
internal import Synchronization

/// Why the test ends before its time, or what it found.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Whether somebody wants the test to end: everything that waits looks at it.
enum Interruption {
    private static let wasSeen = Atomic<Bool>(false)

    /// From here on SIGINT, SIGTERM and SIGHUP end the test in order, with its servers.
    static func install() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.wasSeen.store(true, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    static func check() throws {
        if wasSeen.load(ordering: .relaxed) { throw Failure("interrupted") }
    }
}

/// Looks every few milliseconds until `condition` holds.
/// - Throws: `Failure` when it does not within `seconds`, saying what was waited for.
func waitFor(_ what: String, seconds: Double, pollMs: UInt32 = 10, _ condition: () throws -> Bool) throws {
    let clock = SystemClock()
    let end = clock.monotonicMs() + Int64(seconds * 1000)
    while !(try condition()) {
        try Interruption.check()
        guard clock.monotonicMs() < end else { throw Failure("waited \(seconds) s in vain for: \(what)") }
        usleep(pollMs * 1000)
    }
}

/// One line, at once.
func say(_ line: String) {
    print(line)
    fflush(nil)
}
