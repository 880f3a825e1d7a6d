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
