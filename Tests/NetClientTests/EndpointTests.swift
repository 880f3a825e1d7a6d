import NetClient
import TestSupport
import Testing

@Suite("Endpoint")
struct EndpointTests {
    @Test(
        "scheme, host and port are replaced, the path is put before",
        arguments: [
            (
                "http://127.0.0.1:9400/bybit", "wss://stream.bybit.com/v5/public/spot",
                "ws://127.0.0.1:9400/bybit/v5/public/spot"
            ),
            (
                "ws://127.0.0.1:9400/bybit", "wss://stream.bybit.com/v5/public/spot",
                "ws://127.0.0.1:9400/bybit/v5/public/spot"
            ),
            (
                "ws://localhost:1/", "https://api.bybit.com/v5/market?category=spot&limit=60",
                "http://localhost:1/v5/market?category=spot&limit=60"
            ),
            ("http://[::1]:9400", "wss://stream.binance.com:9443/ws/btcusdt@trade", "ws://[::1]:9400/ws/btcusdt@trade"),
            (
                "https://stream-testnet.bybit.com", "wss://stream.bybit.com/v5/public/linear",
                "wss://stream-testnet.bybit.com/v5/public/linear"
            ),
            (
                "wss://proxy.example:8443/a/b//", "https://api.coingecko.com/api/v3/ping",
                "https://proxy.example:8443/a/b/api/v3/ping"
            ),
            ("HTTP://LocalHost:80", "wss://ws.kraken.com", "ws://localhost:80"),
            ("http://127.1.2.3/x", "wss://ws.kraken.com?a=/b", "ws://127.1.2.3/x?a=/b"),
            ("http://127.0.0.1:1", "no address", "no address"),
        ])
    func table(endpoint: String, url: String, expected: String) throws {
        #expect(try Endpoint(parsing: endpoint).rewrite(url) == expected)
    }

    @Test("of two addresses each replaces the interface of its scheme, in whatever order", arguments: [true, false])
    func two(isStreamFirst: Bool) throws {
        let (stream, http) = ("wss://stream.testnet.example/x", "https://api.testnet.example")
        let endpoint = try isStreamFirst ? Endpoint(parsing: stream, http) : Endpoint(parsing: http, stream)
        #expect(endpoint.rewrite("wss://venue.example/v5/spot") == "wss://stream.testnet.example/x/v5/spot")
        #expect(endpoint.rewrite("https://venue.example/v5?a=b") == "https://api.testnet.example/v5?a=b")
        #expect(endpoint.streamAddress == stream && endpoint.httpAddress == http)
    }

    @Test(
        "two of the same interface are refused",
        arguments: [("ws://127.0.0.1:1", "wss://a.example"), ("https://a.example", "http://127.0.0.1:2")])
    func same(first: String, second: String) {
        #expect {
            try Endpoint(parsing: first, second)
        } throws: {
            ($0 as? EndpointError)?.description.contains("one must be ws:// or wss://, the other http:// or https://")
                == true
        }
    }

    @Test("path and query of every address stay at its end, a WebSocket stays one", arguments: UInt64(0)..<200)
    func law(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        func word() -> String {
            String(
                (0..<Int.random(in: 1...8, using: &generator)).map { _ in
                    "abcxyz0189".randomElement(using: &generator) ?? "a"
                })
        }
        func path() -> String { (0..<Int.random(in: 0...3, using: &generator)).map { _ in "/" + word() }.joined() }
        let (before, target) = (path(), path() + (Bool.random(using: &generator) ? "?\(word())=\(word())" : ""))
        let port = Int.random(in: 1...65535, using: &generator)
        let isTLS = Bool.random(using: &generator)
        let host = isTLS ? "h\(word()).\(word())" : "127.0.0.1"
        let isWebSocket = Bool.random(using: &generator)
        let scheme = (Bool.random(using: &generator) ? "ws" : "http") + (isTLS ? "s" : "")
        let endpoint = try Endpoint(parsing: "\(scheme)://\(host):\(port)\(before)")
        let rewritten = endpoint.rewrite("\(isWebSocket ? "wss" : "https")://\(word()).example\(target)")
        #expect(rewritten == "\(isWebSocket ? "ws" : "http")\(isTLS ? "s" : "")://\(host):\(port)\(before)\(target)")
    }

    @Test(
        "what is no endpoint says how to mend it",
        arguments: [
            ("http://api.coingecko.com", "loopback"), ("ws://10.0.0.1:80/x", "wss://"),
            ("http://127.0.0.1.evil.example/", "loopback"), ("http://127.0.0.256/", "loopback"),
            ("ftp://127.0.0.1/", "does not start with"), ("127.0.0.1:9400", "does not start with"),
            ("", "does not start with"),
            ("http://", "no host"), ("http://:80/", "no host"), ("http://127.0.0.1:0", "port"),
            ("http://127.0.0.1:65536", "port"),
            ("http://127.0.0.1:+80", "port"), ("http://127.0.0.1:", "port"), ("http://[::1", "host"),
            ("http://[x]:1/", "IPv6"),
            ("http://a@127.0.0.1/", "user name"), ("http://127.0.0.1/?a=b", "query"), ("http://127.0.0.1/a b", "space"),
            ("http://127.0.0.1/#x", "'#'"),
        ])
    func refused(text: String, hint: String) {
        #expect {
            try Endpoint(parsing: text)
        } throws: {
            ($0 as? EndpointError)?.description.contains(hint) == true
        }
    }

    @Test("random text never traps", arguments: UInt64(0)..<500)
    func fuzz(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let alphabet = Array("htps:w/[]@#?.%:0189a \u{e9}\u{1F600}\u{0}")
        let text = String(
            (0..<Int.random(in: 0...30, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "/"
            })
        _ = try? Endpoint(parsing: text)
        _ = try? Endpoint(parsing: "http://127.0.0.1" + text)
        _ = try? Endpoint(parsing: "https://" + text).rewrite("wss://" + text)
    }
}
