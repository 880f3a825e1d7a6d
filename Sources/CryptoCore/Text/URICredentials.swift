/// User and password in a URI, `mongodb://me:secret@host/db`, also where they are not written as they should be.
public struct URICredentials: Sendable, Equatable {
    /// All that may belong to them, without the @ behind it: up to the last @, as a bare password may hold one.
    public let range: Range<String.Index>
    /// Whether everybody who reads the URI takes the same for them: they are percent-encoded, or there are none and the @ stands in
    /// an option's value. Where this is false, part of a password may be taken for a host, a database or an option.
    public let isEncoded: Bool

    /// Nil where there is no `://`, no @ behind it, or a web address has a host before its first slash, as in
    /// `wss://host:9443/stream?streams=btcusdt@trade`.
    public init?(in text: String) {
        guard let scheme = text.firstRange(of: "://"), let at = text[scheme.upperBound...].lastIndex(of: "@") else {
            return nil
        }
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let isOption = text[authority.endIndex..<max(at, authority.endIndex)].contains("=")
        range = scheme.upperBound..<at
        if let end = authority.lastIndex(of: "@") {
            isEncoded = Self.areEncoded(authority[..<end]) && (at == end || isOption)
        } else {
            // A host with its port, or the beginning of a bare password.
            let port = authority.lastIndex(of: ":").map { authority[$0...].dropFirst() } ?? ""
            let isHost = port.allSatisfy(\.isNumber)
            if isHost, ["http", "https", "ws", "wss"].contains(where: text[..<scheme.lowerBound].hasSuffix) {
                return nil
            }
            isEncoded = isHost && isOption
        }
    }

    private static func areEncoded(_ credentials: Substring) -> Bool {
        let escapes = credentials.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
        return !credentials.contains("@") && credentials.count { $0 == ":" } <= 1
            && escapes.allSatisfy { $0.count >= 2 && $0.prefix(2).allSatisfy(\.isHexDigit) }
    }
}
