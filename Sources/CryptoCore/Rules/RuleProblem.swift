/// Something wrong in a rules file, and where.
package struct RuleProblem: Equatable, Sendable, CustomStringConvertible {
    /// From 1 up.
    package let line: Int
    /// In characters, from 1 up.
    package let column: Int
    /// What is wrong and how to mend it.
    package let message: String

    /// `LINE:COLUMN: MESSAGE`.
    package var description: String { "\(line):\(column): \(message)" }
}

/// Why a rules file cannot be used: what is wrong in it, in its order.
package struct RulesError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At most `maximumProblems`.
    package let problems: [RuleProblem]
    /// Problems beside them.
    package let unlisted: Int

    /// A line for each problem.
    package var description: String {
        let lines = problems.map(\.description) + (unlisted > 0 ? ["and \(unlisted) more"] : [])
        return lines.joined(separator: "\n")
    }
}

/// The problems of one file while it is read, by their place in its bytes.
struct ProblemList {
    /// Problems that are listed; the others are counted.
    static let maximumCount = 50

    private var listed: [(place: Int, message: String)] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Takes note of a problem at an offset in the file. The message is made only where it will be listed.
    mutating func note(_ place: Int, _ message: @autoclosure () -> String) {
        count += 1
        if listed.count < ProblemList.maximumCount { listed.append((place, message())) }
    }

    /// The problems in the order of their places; nil where there is none.
    func error(in bytes: RawSpan) -> RulesError? {
        if isEmpty { return nil }
        var line = 1
        var column = 1
        var at = 0
        let problems = listed.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }.map
        {
            _, problem in
            while at < min(problem.place, bytes.byteCount) {
                let byte = bytes.byte(at)
                // Of a character's bytes in UTF-8 the first one counts.
                if byte & 0xC0 != 0x80 { column += 1 }
                if byte == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) }
                at += 1
            }
            return RuleProblem(line: line, column: column, message: problem.message)
        }
        return RulesError(problems: problems, unlisted: count - listed.count)
    }
}
