public import Foundation
internal import System

/// A script that starts a server and ends, with the server left behind.
///
/// Not a `Foundation.Process`: that one ends for its parent only when nobody holds its files any more, and the server does.
public struct StartScript {
    private let child: System.ChildProcess
    private let outputFile: String

    /// Starts it; its output goes to a file.
    public init(_ path: String, _ arguments: [String], output: URL) throws {
        outputFile = output.path
        // A server must not inherit our ends of pipes either: it outlives the script, and they would never be at their end.
        let start = """
            out=$1; shift
            for fd in /proc/$$/fd/*; do n=${fd##*/}; ((n > 2)) && eval "exec $n>&-"; done
            exec "$@" >"$out" 2>&1 </dev/null
            """
        let words = ["bash", "-c", start, "script", outputFile, path] + arguments
        do throws(SystemError) { child = try System.ChildProcess(words, program: "/bin/bash") } catch {
            throw Failure("cannot start \(path): \(error)")
        }
    }

    /// Waits for its end; what it printed, by name (NAME=value lines).
    ///
    /// Whoever interrupts the wait gets the server too: `body` is called with what was printed in any case.
    public func values(
        seconds: Double, onWait: () throws -> Void = { try Interruption.check() }, _ body: ([String: String]) -> Void
    ) throws {
        do {
            try waitFor("a start script", seconds: seconds) {
                try onWait()
                return child.poll() != nil
            }
        } catch {
            child.wait()
            body(printed)
            throw error
        }
        guard child.wait() == .status(0) else { throw Failure("a server did not start: \(output.suffix(500))") }
        body(printed)
    }

    private var output: String { (try? String(contentsOfFile: outputFile, encoding: .utf8)) ?? "" }

    private var printed: [String: String] {
        let pairs = output.split(separator: "\n").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(pairs) { $1 }
    }
}
