internal import CryptoCore

/// Turns the words of one source into a flag's value.
enum ValueParser {
    /// What is wrong with a value and how to mend it.
    struct Problem: Error, Equatable {
        /// The word as given, secrets masked.
        let value: String
        /// `must be at least 1s`.
        let reason: String
    }

    /// Reads the words of one source.
    static func parse(_ flag: FlagSpec, words: [String]) -> Result<Settings.Value, Problem> {
        Result { () throws(Problem) in try value(flag, words: words) }
    }

    /// Splits one text of the environment or a file into the words that a command line would have given.
    static func words(_ flag: FlagSpec, inText text: String) -> [String] {
        switch flag.kind {
        case .list, .choice(_, several: true): return split(text)
        case .uris: return splitURIs(text)
        case .keyValues: return splitPairs(text)
        default: return [text]
        }
    }

    private static func value(_ flag: FlagSpec, words: [String]) throws(Problem) -> Settings.Value {
        switch flag.kind {
        case .list:
            return .list(try several(flag, words.flatMap(split)))
        case .uris:
            return .list(try several(flag, words))
        case .choice(let names, several: true):
            let chosen = try several(flag, words.flatMap(split))
            for word in chosen { try checkChoice(flag, word, names) }
            return .list(chosen)
        case .keyValues:
            return .keyValues(try pairs(flag, words))
        default:
            let word = words.last ?? ""  // a flag that is repeated: the last one counts
            guard !word.isEmpty else { throw Problem(value: "''", reason: "must not be empty") }
            let value = try single(flag, word)
            try runCheck(flag, word)
            return value
        }
    }

    private static func single(_ flag: FlagSpec, _ word: String) throws(Problem) -> Settings.Value {
        switch flag.kind {
        case .integer(let range): return .integer(try integer(flag, word, range))
        case .duration(let minimumMs, let allowsZero):
            return .milliseconds(try duration(flag, word, minimumMs: minimumMs, allowsZero: allowsZero))
        case .bytes:
            guard let bytes = ByteSizes.bytes(word) else {
                throw problem(flag, word, "must be bytes or have a unit, such as 0, 65536, 64MiB or 1GiB")
            }
            return .bytes(bytes)
        case .choice(let names, several: _):
            try checkChoice(flag, word, names)
            return .text(word)
        case .toggle:
            guard let isOn = toggles[word.lowercased()] else {
                throw problem(flag, word, "must be true or false")
            }
            return .toggle(isOn)
        case .hostPort:
            guard let address = HostPort(word) else {
                throw problem(flag, word, "must be HOST:PORT with a port up to 65535, such as 127.0.0.1:9101")
            }
            return .hostPort(address)
        default: return .text(word)
        }
    }

    private static let toggles = [
        "true": true, "yes": true, "on": true, "1": true, "false": false, "no": false, "off": false, "0": false,
    ]

    private static func integer(
        _ flag: FlagSpec, _ word: String, _ range: ClosedRange<Int64>
    ) throws(Problem) -> Int64 {
        if let number = Int64(word), range.contains(number) { return number }
        let bounds =
            range.upperBound == .max
            ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        throw problem(flag, word, "must be a whole number \(bounds)")
    }

    private static func duration(
        _ flag: FlagSpec, _ word: String, minimumMs: Int64, allowsZero: Bool
    ) throws(Problem) -> Int64 {
        guard let ms = Durations.milliseconds(word) else {
            throw problem(flag, word, "must be seconds or have a unit, such as 60, 500ms, 5s, 10m, 2h or 30d")
        }
        if ms == 0, allowsZero { return 0 }
        guard ms >= minimumMs else {
            let orZero = allowsZero ? ", or 0" : ""
            throw problem(flag, word, "must be at least \(Durations.text(milliseconds: minimumMs))\(orZero)")
        }
        return ms
    }

    private static func several(_ flag: FlagSpec, _ words: [String]) throws(Problem) -> [String] {
        guard !words.isEmpty, !words.contains("") else {
            throw Problem(value: "''", reason: "must name at least one \(flag.valueName)")
        }
        for word in words { try runCheck(flag, word) }
        return words
    }

    private static func pairs(_ flag: FlagSpec, _ words: [String]) throws(Problem) -> [Settings.KeyValue] {
        var result: [Settings.KeyValue] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw problem(flag, word, "must be \(flag.valueName)")
            }
            try runCheck(flag, word)
            let key = String(word[..<equals])
            var value = String(word[word.index(after: equals)...])
            if flag.joinsRepeats, let first = result.first(where: { $0.key == key }) {
                value = "\(first.value) \(value)"
                try runCheck(flag, "\(key)=\(value)")
            }
            result = merging([Settings.KeyValue(key: key, value: value)], over: result)
        }
        return result
    }

    /// The pairs of both, those of `strong` in place of `weak` ones with the same key.
    static func merging(_ strong: [Settings.KeyValue], over weak: [Settings.KeyValue]) -> [Settings.KeyValue] {
        var result = weak
        for pair in strong {
            if let index = result.firstIndex(where: { $0.key == pair.key }) {
                result[index] = pair
            } else {
                result.append(pair)
            }
        }
        return result
    }

    private static func checkChoice(_ flag: FlagSpec, _ word: String, _ names: [String]) throws(Problem) {
        guard !names.contains(word) else { return }
        let question = Suggestions.question(word, among: names) { $0 }
        throw problem(flag, word, "must be one of \(names.joined(separator: ", "))\(question)")
    }

    private static func runCheck(_ flag: FlagSpec, _ word: String) throws(Problem) {
        if let reason = flag.check?(word) { throw problem(flag, word, reason) }
    }

    /// The word as a problem may show it: no secrets, no control characters, not endless.
    private static func problem(_ flag: FlagSpec, _ word: String, _ reason: String) -> Problem {
        let key = word.prefix { $0 != "=" }
        let isSecretPair = flag.kind == .keyValues && key.count < word.count && Secrets.isSecret(name: String(key))
        if flag.isSecret { return Problem(value: Secrets.mask, reason: reason) }
        if isSecretPair { return Problem(value: key + "=" + Secrets.mask, reason: reason) }
        return Problem(value: ProblemText.shown(word), reason: reason)
    }

    private static func split(_ text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// Every address has a colon: a piece without one belongs to the one before, whose path has a space.
    private static func splitURIs(_ text: String) -> [String] {
        var found: [Substring] = []
        for piece in text.split(whereSeparator: \.isWhitespace) {
            if let last = found.last, !piece.contains(":") {
                found[found.count - 1] = text[last.startIndex..<piece.endIndex]
            } else {
                found.append(piece)
            }
        }
        return found.map(String.init)
    }

    /// Pairs are separated by white space, or by a comma that another `key=` follows: values may hold commas.
    private static func splitPairs(_ text: String) -> [String] {
        var pairs: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            var startsPair = true
            for part in word.split(separator: ",") {
                if startsPair || startsWithKey(part) {
                    pairs.append(String(part))
                } else {
                    pairs[pairs.count - 1] += "," + part
                }
                startsPair = false
            }
        }
        return pairs
    }

    private static func startsWithKey(_ part: Substring) -> Bool {
        guard let equals = part.firstIndex(of: "="), equals != part.startIndex else { return false }
        return part[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}

/// How a problem shows what somebody typed.
enum ProblemText {
    /// One line without control characters, shortened, secrets masked.
    static func shown(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        let text = Secrets.masking(isPlain ? word : JSONWriter.quoted(word))
        return text.count > 120 ? text.prefix(117) + "..." : text
    }
}
