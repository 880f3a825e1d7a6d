/// Keeps passwords out of logs, problems and `--print-config`.
package enum Secrets {
    /// What stands in place of a secret.
    package static let mask = "***"
    private static let words = ["password", "secret", "key", "token", "credential", "oauthbearer.config"]

    /// Whether a setting of this name is one that nobody should see.
    package static func isSecret(name: String) -> Bool {
        let lowered = name.lowercased()
        return words.contains { lowered.contains($0) }
    }

    /// The text with the passwords of a URI in it masked: `mongodb://crypto:***@host/db?...`.
    package static func masking(_ text: String) -> String {
        guard let scheme = text.range(ofASCII: "://") else { return text }
        var rest = text[scheme.upperBound...]
        var result = String(text[..<scheme.upperBound])
        // The last @, not the first: an unescaped password may hold one, and hiding too much does no harm.
        if let at = rest.lastIndex(of: "@") {
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
