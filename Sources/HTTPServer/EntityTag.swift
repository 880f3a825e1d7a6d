internal import CryptoCore

/// Names a version of a file: FNV-1a of its bytes, and how many they are. *Source*: RFC 9110, section 8.8.3.
struct EntityTag: Sendable, Equatable {
    /// With its quotes.
    let text: String

    init(of bytes: [UInt8], suffix: String = "") {
        let hash = FNV1a(bytes.span.bytes).value
        text = "\"\(String(hash, radix: 16))-\(String(bytes.count, radix: 16))\(suffix)\""
    }

    /// Whether an `If-None-Match` names it: the client has this version already.
    func isNamed(in header: String) -> Bool {
        header.split(separator: ",").contains { item in
            let tag = item.trimming(" \t")
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == text
        }
    }
}
