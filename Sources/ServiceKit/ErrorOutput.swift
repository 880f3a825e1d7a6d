internal import Glibc
internal import Synchronization
internal import System

/// Standard error, shared by log lines and the progress line so that neither tears the other.
///
/// *Thread*: any. What to write is decided under the lock, the `write` happens outside of it.
package final class ErrorOutput: Sendable {
    /// The process's one.
    package static let shared = ErrorOutput(isTerminal: ErrorOutput.stderrIsTerminal) { ErrorOutput.writeAll($0) }

    /// Whether lines can be rewritten.
    package let isTerminal: Bool
    private let emit: @Sendable ([UInt8]) -> Void
    private let progress = Mutex("")

    /// Writes with `emit`, which gets whole lines or a rewritten one; for tests.
    package init(isTerminal: Bool, emit: @escaping @Sendable ([UInt8]) -> Void) {
        self.isTerminal = isTerminal
        self.emit = emit
    }

    /// Writes one line; a progress line on the terminal moves below it.
    package func write(line: String) {
        let shown = progress.withLock { $0 }
        emit(Array((shown.isEmpty ? line + "\n" : "\r\u{1b}[K\(line)\n\(shown)").utf8))
    }

    /// Replaces the progress line of a terminal; nothing elsewhere.
    func show(progress text: String) {
        guard isTerminal else { return }
        let cut = String(text.prefix(max(20, Self.columns - 1)))  // a wrapped line could not be rewritten
        progress.withLock { $0 = cut }
        emit(Array("\r\u{1b}[K\(cut)".utf8))
    }

    /// Ends the progress line, leaving it on the screen.
    func endProgress() {
        let shown = progress.withLock { text in
            defer { text = "" }
            return text
        }
        if !shown.isEmpty { emit([UInt8(ascii: "\n")]) }
    }

    private static var stderrIsTerminal: Bool {
        guard isatty(STDERR_FILENO) == 1, let name = getenv("TERM") else { return false }
        return strcmp(name, "dumb") != 0
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// One `write` where the kernel takes the line whole; a full or closed stderr never stops a service.
    private static func writeAll(_ bytes: [UInt8]) { try? FileDescriptor.standardError.write(bytes) }
}
