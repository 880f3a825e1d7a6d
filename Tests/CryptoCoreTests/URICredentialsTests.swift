import CryptoCore
import TestSupport
import Testing

@Suite("User and password in a URI")
struct URICredentialsTests {
    @Test(
        "they are what lies before the last @, and it is told whether everybody sees them there",
        arguments: [
            ("mongodb://me:pw@h/db", "me:pw", true), ("mongodb://me@h/db", "me", true),
            ("mongodb://me:a%40b%3A@h1:1,h2:2/db?authSource=admin", "me:a%40b%3A", true),
            ("mongodb://me:a@b@h/db", "me:a@b", false), ("mongodb://me:a/b@h/db", "me:a/b", false),
            ("mongodb://me:1/b@h/db", "me:1/b", false), ("mongodb://me:a?b@h", "me:a?b", false),
            ("mongodb://me:a:b@h", "me:a:b", false), ("mongodb://me:a%b@h", "me:a%b", false),
            ("mongodb://me:a%4g@h", "me:a%4g", false), ("https://me:pw@h/x?a=b", "me:pw", true),
            // The @ of an option: hidden with the rest, which does no harm.
            ("mongodb://me:pw@h/db?appName=x@y", "me:pw@h/db?appName=x", true),
            ("mongodb://h:1/db?appName=x@y", "h:1/db?appName=x", true),
        ])
    func found(text: String, credentials: String, isEncoded: Bool) throws {
        let found = try #require(URICredentials(in: text))
        #expect(text[found.range] == credentials)
        #expect(found.isEncoded == isEncoded)
    }

    @Test(
        "other texts have none",
        arguments: [
            "", "@", "sqlite:crypto.db", "me:pw@h/x", "mongodb://h:1/db", "wss://h:9443/stream?streams=btcusdt@trade",
            "https://[::1]:8/a@b", "://",
        ])
    func none(text: String) { #expect(URICredentials(in: text) == nil) }

    @Test("with escaped user and password they are found again, whatever these hold", arguments: UInt64(0)..<100)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        func word() -> String {
            (0..<Int.random(in: 1...8, using: &random)).map { _ in
                ["a", "Z", "7", "%40", "%3A", "%2f", "%3F", "%23", "%25", "-", "=", "é"].randomElement(using: &random)
                    ?? ""
            }.joined()
        }
        let credentials = "\(word()):\(word())"
        let text = "mongodb://\(credentials)@host:27017/db"
        let found = try #require(URICredentials(in: text))
        #expect(text[found.range] == credentials)
        #expect(found.isEncoded)
    }
}
