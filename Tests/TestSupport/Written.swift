internal import Synchronization

/// Keeps what was written, for a test to read.
package final class Written: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    package var all: [String] { lines.withLock { $0 } }

    package func append(_ line: String) { lines.withLock { $0.append(line) } }
}
