/// Keeps passwords out of logs, problems, recordings and `--print-config`. Hiding too much does no harm.
public enum Secrets {
    /// What stands in place of a secret.
    public static let mask = "***"
    private static let words = [
        "password", "passphrase", "secret", "key", "token", "credential", "cookie", "authorization", "signature",
        "access-sign", "oauthbearer.config", "authmechanismproperties",
    ]

    /// Whether a setting, parameter or header of this name is one that nobody should see.
    public static func isSecret(name: some StringProtocol) -> Bool {
        let lowered = name.lowercased()
        return words.contains { lowered.contains($0) }
    }

    /// The text with the passwords of a URI in it masked: `mongodb://crypto:***@host/db?...`.
    public static func masking(_ text: String) -> String {
        guard let scheme = text.range(ofASCII: "://") else { return maskingWord(text) }
        var rest = text[scheme.upperBound...]
        var result = String(text[..<scheme.upperBound])
        if let at = endOfUser(rest, scheme: text[..<scheme.lowerBound]) {
            let user = rest[..<at]
            result += user.firstIndex(of: ":").map { user[...$0] + mask } ?? user
            rest = rest[at...]
        }
        guard let question = rest.firstIndex(of: "?") else { return result + rest }
        result += rest[...question]
        let pairs = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
        result += pairs.map(maskingQueryPair).joined(separator: "&")
        return result
    }

    /// The @ that ends user and password: the last one, as an unescaped password may hold one; nil where there is none, or where
    /// a web address has a host before its first slash, as in `wss://host:9443/stream?streams=btcusdt@trade`.
    private static func endOfUser(_ rest: Substring, scheme: Substring) -> String.Index? {
        let isWeb = ["http", "https", "ws", "wss"].contains { scheme.hasSuffix($0) }
        let authority = rest.prefix { !"/?#".contains($0) }
        let port = authority.lastIndex(of: ":").map { authority[$0...].dropFirst() } ?? ""
        if isWeb, !authority.contains("@"), port.allSatisfy(\.isNumber) { return nil }
        return rest.lastIndex(of: "@")
    }

    /// One word that may be a URI with its slashes forgotten: `mongodb:***@host`.
    private static func maskingWord(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@"), let colon = text[..<at].firstIndex(of: ":"),
            !text.contains(where: \.isWhitespace)
        else { return text }
        return text[...colon] + mask + text[at...]
    }

    private static func maskingQueryPair(_ pair: Substring) -> String {
        guard let equals = pair.firstIndex(of: "="), isSecret(name: String(pair[..<equals])) else {
            return String(pair)
        }
        return pair[...equals] + mask
    }
}

extension String {
    /// The first place where the ASCII text stands.
    fileprivate func range(ofASCII wanted: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(wanted) { return start..<index(start, offsetBy: wanted.count) }
            start = index(after: start)
        }
        return nil
    }
}
