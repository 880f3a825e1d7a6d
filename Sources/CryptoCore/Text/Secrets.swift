/// Keeps passwords out of logs, problems, recordings and `--print-config`. Hiding too much does no harm.
public enum Secrets {
    /// What stands in place of a secret.
    public static let mask = "***"
    private static let words = [
        "password", "passphrase", "secret", "key", "token", "credential", "cookie", "authorization", "signature",
        "access-sign", "oauthbearer.config", "authmechanismproperties", "webhook",
    ]

    /// Whether a setting, parameter or header of this name is one that nobody should see.
    public static func isSecret(name: some StringProtocol) -> Bool {
        let lowered = name.lowercased()
        return words.contains { lowered.contains($0) }
    }

    /// The text with the passwords of every URI in it masked: `mongodb://crypto:***@host/db?...`.
    public static func masking(_ text: String) -> String {
        let starts = startsOfURIs(in: text)
        guard let first = starts.first else { return maskingWord(text) }
        let ends = starts.dropFirst() + [text.endIndex]
        return text[..<first] + zip(starts, ends).map { maskingURI(String(text[$0..<$1])) }.joined()
    }

    /// Where words begin that have a URI in them. A password may hold what ends a word, so all up to the next one may belong to it.
    private static func startsOfURIs(in text: String) -> [String.Index] {
        var starts: [String.Index] = []
        var word = text.startIndex
        for place in text.utf8.indices {
            if " \t\r\n\"'(<[{,;|".utf8.contains(text.utf8[place]) {
                word = text.utf8.index(after: place)
            } else if text.utf8[place] == UInt8(ascii: ":"), starts.last != word,
                text.utf8[place...].starts(with: "://".utf8)
            {
                starts.append(word)
            }
        }
        return starts
    }

    /// One URI, and what follows it.
    private static func maskingURI(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        var rest = text[scheme.upperBound...]
        var result = String(text[..<scheme.upperBound])
        if let credentials = URICredentials(in: text) {
            let user = text[credentials.range]
            result += user.firstIndex(of: ":").map { user[...$0] + mask } ?? user
            rest = text[credentials.range.upperBound...]
        }
        guard let question = rest.firstIndex(of: "?") else { return result + rest }
        result += rest[...question]
        let pairs = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
        result += pairs.map(maskingQueryPair).joined(separator: "&")
        return result
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
