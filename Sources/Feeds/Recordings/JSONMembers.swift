internal import CryptoCore

/// Where the members of a JSON object lie, found once: the first sixteen of them.
struct JSONMembers {
    private struct Member: BitwiseCopyable {
        var name = JSONText()
        var value = JSONText()
        var isText = false
    }

    private var members = InlineArray<16, Member>(repeating: Member())
    private var count = 0
    /// Whether the bytes are an array, which has no members.
    private(set) var isArray = false

    /// - Throws: the bytes are not JSON.
    init(_ bytes: RawSpan) throws(DecodeError) {
        var scanner = JSONScanner()
        let kind = try scanner.peek(bytes)
        isArray = kind == .array
        if kind == .object {
            try scanner.enterObject(bytes)
            while let name = try scanner.nextKey(bytes) { try note(name, &scanner, bytes) }
        } else {
            try scanner.skipValue(bytes)
        }
        try scanner.end(bytes)
    }

    private mutating func note(
        _ name: JSONText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) {
        var member = Member(name: name, isText: try scanner.peek(bytes) == .string)
        let start = scanner.at
        if member.isText {
            member.value = try scanner.string(bytes)
        } else {
            try scanner.skipValue(bytes)
            member.value = JSONText(offset: start, count: scanner.at - start)
        }
        guard count < members.count else { return }
        members[count] = member
        count += 1
    }

    // MARK: Values

    func has(_ name: StaticString, _ bytes: RawSpan) -> Bool { index(name, bytes) != nil }

    /// The value as it stands there, quotes excluded; nil where there is no such member.
    func value(_ name: StaticString, _ bytes: RawSpan) -> JSONText? { index(name, bytes).map { members[$0].value } }

    /// The string; nil where there is no such member, or it is none.
    func text(_ name: StaticString, _ bytes: RawSpan) -> JSONText? {
        index(name, bytes).flatMap { members[$0].isText ? members[$0].value : nil }
    }

    /// The whole number, not negative; nil where there is no such member, or it is none.
    func integer(_ name: StaticString, _ bytes: RawSpan) -> Int64? {
        value(name, bytes).flatMap { bytes.wholeNumber($0) }
    }

    private func index(_ name: StaticString, _ bytes: RawSpan) -> Int? {
        (0..<count).first { members[$0].name.equals(name, in: bytes) }
    }
}
