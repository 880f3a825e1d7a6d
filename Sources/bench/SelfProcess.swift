import System

/// Runs this program once more, so that a measurement has a process of its own: its CPU time and memory are its own.
enum SelfProcess {
    /// Runs `bench WORDS` to its end.
    /// - Returns: what it printed to standard output.
    /// - Throws: `Failed` when it did not exit with 0, or `SystemError`.
    static func run(_ words: [String]) throws -> String {
        let child = try ChildProcess(["bench"] + words, program: "/proc/self/exe", output: .pipe)
        let output = String(decoding: try child.output?.contents() ?? [], as: UTF8.self)
        guard child.wait() == .status(0) else { throw Failed(reason: "\(child.wait())") }
        return output
    }

    struct Failed: Error, CustomStringConvertible {
        let reason: String
        var description: String { "a part in a process of its own failed: \(reason)" }
    }
}
