/// A regular expression of the few parts that patterns of names need, for a whole value: `BTC-.*|ETH-.*`.
///
/// `.` is any character but a line break, `.*` and `.+` are any number of them, `|` stands between alternatives, and `\` before a
/// punctuation mark that stands for itself. Everything else that means something to RE2 is refused, so that what is taken means the
/// same here and there. Matching needs no more time than value × pattern.
struct ValuePattern: Equatable, Sendable {
    private enum Part: Equatable {
        case one(Unicode.Scalar)
        /// Any character but a line break.
        case any
        /// Any number of them.
        case run

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .one(let own): own == scalar
            case .any, .run: scalar != "\n"
            }
        }
    }

    private let alternatives: [[Part]]

    /// - Parameter offset: where the text stands, for the error.
    init(_ text: String, at offset: Int) throws(LabelMatcherError) {
        func wrong(_ what: String, _ index: Int) -> LabelMatcherError {
            LabelMatcherError(
                "\(what) is not understood: a pattern has ., .*, .+ and |, and \\ before other punctuation",
                at: offset + index)
        }
        var alternatives: [[Part]] = [[]]
        let scalars = Array(text.unicodeScalars)
        var index = 0
        func add(_ part: Part) { alternatives[alternatives.count - 1].append(part) }
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "|": alternatives.append([])
            case ".":
                let sign = index < scalars.count ? scalars[index] : " "
                if sign != "*" { add(.any) }
                if sign == "*" || sign == "+" {
                    add(.run)
                    index += 1
                }
            case "\\":
                guard index < scalars.count, ValuePattern.isPunctuation(scalars[index]) else {
                    throw wrong("\\", index - 1)
                }
                add(.one(scalars[index]))
                index += 1
            case "*", "+", "?", "(", ")", "[", "]", "{", "}", "^", "$": throw wrong("\(scalar)", index - 1)
            default: add(.one(scalar))
            }
        }
        self.alternatives = alternatives
    }

    /// Whether the whole of `text` matches. *Complexity*: O(text · pattern).
    func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        return alternatives.contains { ValuePattern.matches(scalars[...], $0[...]) }
    }

    /// Goes back to the last run only, which takes one character more then: what stands before it has matched for good.
    private static func matches(_ text: ArraySlice<Unicode.Scalar>, _ parts: ArraySlice<Part>) -> Bool {
        var (at, next) = (0, 0)
        var run: (next: Int, at: Int)?
        while at < text.count || next < parts.count {
            if next < parts.count, parts[next] == .run {
                run = (next, at)
                next += 1
            } else if at < text.count, next < parts.count, parts[next].matches(text[at]) {
                at += 1
                next += 1
            } else if let last = run, last.at < text.count, Part.run.matches(text[last.at]) {
                run = (last.next, last.at + 1)
                (at, next) = (last.at + 1, last.next + 1)
            } else {
                return false
            }
        }
        return true
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.value > 0x20 && scalar.value != 0x7F && !scalar.properties.isAlphabetic
            && scalar.properties.numericType == nil
    }
}
