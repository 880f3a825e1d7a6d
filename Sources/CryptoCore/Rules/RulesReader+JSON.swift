/// Parts of JSON: a value of another type than the file wants is noted and passed over.
extension RulesReader {
    /// Reads an object. Each member is read by `member`, which is told the key; keys beside `keys` are noted.
    /// - Returns: whether it was one.
    @discardableResult
    mutating func object(
        _ what: String, _ keys: [String]?, _ bytes: RawSpan,
        _ member: (inout RulesReader, String) throws(DecodeError) -> Void
    ) throws(DecodeError) -> Bool {
        guard try starts(.object, what, "an object", bytes) else { return false }
        var seen: Set<String> = []
        try scanner.enterObject(bytes)
        while let text = try scanner.nextKey(bytes) {
            let key = text.string(in: bytes)
            let place = text.offset - 1
            _ = try scanner.peek(bytes)
            if let keys, !keys.contains(key) {
                let near = Suggestions.question(key, among: keys)
                let others = near.isEmpty ? "; there are \(keys.joined(separator: " "))" : near
                problems.note(place, "\(what) has no \(JSONWriter.quoted(String(key.prefix(40))))\(others)")
                try scanner.skipValue(bytes)
            } else if !seen.insert(key).inserted {
                problems.note(place, "\(JSONWriter.quoted(String(key.prefix(40)))) stands here twice")
                try scanner.skipValue(bytes)
            } else {
                try member(&self, key)
            }
        }
        return true
    }

    /// Reads an array, each element by `element`.
    mutating func array(
        _ what: String, _ bytes: RawSpan, _ element: (inout RulesReader) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try starts(.array, "`\(what)`", "an array", bytes) else { return }
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            _ = try scanner.peek(bytes)
            try element(&self)
        }
    }

    /// Reads a text; nil where it is something else, or too long.
    mutating func text(_ key: String, _ bytes: RawSpan) throws(DecodeError) -> SourceText? {
        guard try starts(.string, "`\(key)`", "a text", bytes) else { return nil }
        let text = try scanner.string(bytes)
        if text.count <= RuleLimits.textBytes { return SourceText(text, in: bytes) }
        problems.note(text.offset - 1, "`\(key)` has \(text.count) bytes; at most \(RuleLimits.textBytes) are read")
        return nil
    }

    /// Reads a text that is neither empty nor too long.
    mutating func name(_ key: String, _ bytes: RawSpan) throws(DecodeError) -> String? {
        let place = try start(bytes)
        guard let text = try text(key, bytes)?.string else { return nil }
        if (1...RuleLimits.nameBytes).contains(text.utf8.count) { return text }
        problems.note(place, "`\(key)` must be a text of 1 to \(RuleLimits.nameBytes) bytes")
        return nil
    }

    /// Reads a duration. *Units*: ms; nil where it is none.
    mutating func duration(_ key: String, _ bytes: RawSpan) throws(DecodeError) -> Int64? {
        let place = try start(bytes)
        guard let text = try text(key, bytes)?.string else { return nil }
        guard let ms = RuleDuration.milliseconds(text) else {
            problems.note(place, "`\(key)` must be \(RuleDuration.wanted)")
            return nil
        }
        if ms <= RuleLimits.durationMs { return ms }
        problems.note(place, "`\(key)` is at most \(RuleDuration.text(milliseconds: RuleLimits.durationMs))")
        return nil
    }

    /// Where the next value begins.
    mutating func start(_ bytes: RawSpan) throws(DecodeError) -> Int {
        _ = try scanner.peek(bytes)
        return scanner.at
    }

    /// Whether a value of a kind comes; another one is noted and passed over.
    private mutating func starts(
        _ kind: JSONScanner.Kind, _ what: String, _ wanted: String, _ bytes: RawSpan
    ) throws(DecodeError) -> Bool {
        if try scanner.peek(bytes) == kind { return true }
        problems.note(scanner.at, "\(what) must be \(wanted)")
        try scanner.skipValue(bytes)
        return false
    }
}
