package import System

/// Shows how far a program is: on a terminal one line that is rewritten, elsewhere a log line now and then.
///
/// *Thread*: one.
package struct ProgressLine {
    private let log: Log
    private let clock: any MonotonicClock
    private let output: ErrorOutput
    private let periodMs: Int64
    private var lastMs: Int64?

    /// Rewrites the terminal's line at most each `terminalMs`, logs at most each `plainMs`.
    package init(
        log: Log, clock: any MonotonicClock = SystemClock(), output: ErrorOutput = .shared,
        terminalMs: Int64 = 250, plainMs: Int64 = 10_000
    ) {
        self.log = log
        self.clock = clock
        self.output = output
        periodMs = output.isTerminal ? terminalMs : plainMs
    }

    /// Shows the news when it is time; `text` is for the terminal, `fields` for the log. Costs a look at the clock.
    package mutating func update(text: @autoclosure () -> String, fields: @autoclosure () -> Log.Fields) {
        let nowMs = clock.monotonicMs()
        if let lastMs, nowMs - lastMs < periodMs { return }
        lastMs = nowMs
        if output.isTerminal { output.show(progress: text()) } else { log.info("progress", fields()) }
    }

    /// Leaves the last text on the terminal and goes to the next line.
    package func finish() { output.endProgress() }
}
