import CryptoCore
import Testing

@Suite("Secrets")
struct SecretsTests {
    @Test(
        "the password of a URI is masked, encoded or not, and of a query what is named like a secret",
        arguments: [
            ("mongodb://me:pw@a:1,b:2/x?y=z", "mongodb://me:***@a:1,b:2/x?y=z"),
            ("mongodb://me:p@w@a/x", "mongodb://me:***@a/x"), ("mongodb://me:p/w@a/x", "mongodb://me:***@a/x"),
            ("mongodb://me:1/w@a/x", "mongodb://me:***@a/x"), ("mongodb://me:p?w@a/x", "mongodb://me:***@a/x"),
            ("error: mongodb://me:p:w@a failed", "error: mongodb://me:***@a failed"),
            ("https://me:p@w@a/x?apiKey=pw&b=1", "https://me:***@a/x?apiKey=***&b=1"),
            ("mongodb:me:pw@a/x", "mongodb:***@a/x"), ("me:pw@a/x", "me:***@a/x"),
            ("mongodb://me:pw@a/x and mongodb://b/y", "mongodb://me:***@a/x and mongodb://b/y"),
            (
                "from \"https://a/?key=pw\", then me:mongodb://you:p w@b failed",
                "from \"https://a/?key=***me:mongodb://you:***@b failed"
            ),
            ("mongodb://me:1@a/x,mongodb://me:2@b/y", "mongodb://me:***@a/x,mongodb://me:***@b/y"),
            ("wss://a/?streams=b@trade wss://me:pw@b/", "wss://a/?streams=b@trade wss://me:***@b/"),
            ("mongodb://a/x?authMechanismProperties=AWS_SESSION_TOKEN:pw", "mongodb://a/x?authMechanismProperties=***"),
        ])
    func masked(text: String, shown: String) {
        #expect(Secrets.masking(text) == shown)
    }

    @Test(
        "what holds no secret stays",
        arguments: [
            "wss://stream.binance.com:9443/stream?streams=btcusdt@trade/ethusdt@trade", "sqlite:crypto.db",
            "mongodb://localhost:27017/crypto?authSource=admin", "127.0.0.1:9092,[::1]:9092", "at 10:00 by me@home",
            "wss://[::1]:9443/a?b=c@d", "",
        ])
    func plain(text: String) {
        #expect(Secrets.masking(text) == text)
    }
}
