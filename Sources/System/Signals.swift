internal import Glibc

/// SIGINT and SIGTERM become a stop request; SIGPIPE and SIGXFSZ become the error of the write that caused them.
package enum Signals {
    /// Sets the process up: call it before the first thread starts, since threads inherit the mask.
    ///
    /// One thread sits in `sigwait`: the first signal requests stop and calls `onFirst` with its name, the second calls
    /// `onSecond`, which by default leaves the process at once.
    package static func install(
        stop: StopFlag, onFirst: @escaping @Sendable (String) -> Void = { _ in },
        onSecond: @escaping @Sendable () -> Void = { _exit(EXIT_FAILURE) }
    ) {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        block()
        _ = Thread(name: "signals") { serve(stop: stop, onFirst: onFirst, onSecond: onSecond) }
    }

    /// Blocks the two signals in the calling thread and those it starts.
    package static func block() {
        var signals = stopSignals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Waits for two signals, one after the other. The calling thread must have them blocked.
    package static func serve(
        stop: StopFlag, onFirst: @Sendable (String) -> Void, onSecond: @Sendable () -> Void
    ) {
        onFirst(waitForOne())
        stop.request()
        _ = waitForOne()
        onSecond()
    }

    private static func waitForOne() -> String {
        var signals = stopSignals
        var number: Int32 = 0
        while sigwait(&signals, &number) != 0 {}
        return number == SIGINT ? "SIGINT" : "SIGTERM"
    }

    private static var stopSignals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        return signals
    }
}
