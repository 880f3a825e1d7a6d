/// The members of one JSON object, found in one pass and then read by name.
///
/// For the records that come once a window, not once a tick: it allocates a small list.
struct RecordFields: Sendable {
    private var members: [(key: JSONText, value: Int)] = []

    /// Finds the members of the object in `bytes`, the whole of them.
    mutating func read(_ bytes: RawSpan) throws(DecodeError) {
        members.removeAll(keepingCapacity: true)
        members.reserveCapacity(24)
        var scanner = JSONScanner()
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            members.append((key, scanner.at))
            try scanner.skipValue(bytes)
        }
        try scanner.end(bytes)
    }

    /// A scanner that stands before the value of `name` (the last one, when it is there twice).
    /// - Throws: `.missing`.
    func scanner(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> JSONScanner {
        guard let scanner = scannerIfThere(name, bytes) else { throw DecodeError(.missing(name), at: 0) }
        return scanner
    }

    /// The same; nil where there is no such member.
    func scannerIfThere(_ name: StaticText, _ bytes: RawSpan) -> JSONScanner? {
        members.last(where: { $0.key.equals(name.text, in: bytes) }).map { JSONScanner(at: $0.value) }
    }

    func integer(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> Int64 {
        var scanner = try scanner(name, bytes)
        return try Int64.decode(name, &scanner, bytes)
    }
}
