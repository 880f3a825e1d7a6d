/// A pattern of names, as a shell has them: `*` stands for any text, `?` for one character, all else for itself.
struct Glob: Hashable, Sendable, CustomStringConvertible {
    /// Matches every name.
    static let any = Glob("*")

    let description: String
    private let pattern: [UInt8]

    init(_ text: String) {
        description = text
        pattern = Array(text.utf8)
    }

    /// Whether the whole of `name` (UTF-8) matches. *Complexity*: O(pattern · name), nothing allocated.
    func matches(_ name: RawSpan) -> Bool {
        var at = 0
        var next = 0
        // The last star, and where the name goes on should it stand for one byte more.
        var star = -1
        var retry = 0
        while at < name.byteCount {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                star = next
                retry = at
                next += 1
            } else if next < pattern.count, pattern[next] == UInt8(ascii: "?") {
                at = Glob.end(of: name, at)
                next += 1
            } else if next < pattern.count, pattern[next] == name.byte(at) {
                at += 1
                next += 1
            } else {
                guard star >= 0 else { return false }
                retry += 1
                at = retry
                next = star + 1
            }
        }
        return pattern[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    func matches(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return matches(bytes.span.bytes)
    }

    /// Where the character that begins at `start` ends.
    private static func end(of name: RawSpan, _ start: Int) -> Int {
        var end = start + 1
        while end < name.byteCount, name.byte(end) & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
