import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("Symbols that were meant")
struct NearMatchesTests {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    private static func word(_ range: ClosedRange<Int>, _ rng: inout SplitMix64) -> String {
        String((0..<Int.random(in: range, using: &rng)).map { _ in letters.randomElement(using: &rng) ?? "A" })
    }

    /// One letter changed, dropped or swapped with its neighbour; the dash stays.
    private static func slip(_ text: String, _ rng: inout SplitMix64) -> String {
        var text = Array(text)
        let places = text.indices.filter { text[$0] != "-" }
        let at = places.randomElement(using: &rng) ?? 0
        switch Int.random(in: 0..<3, using: &rng) {
        case 0: text[at] = letters.randomElement(using: &rng) ?? "A"
        case 1: text.remove(at: at)
        default: if at + 1 < text.count, text[at + 1] != "-" { text.swapAt(at, at + 1) }
        }
        return String(text)
    }

    @Test("a symbol with one slip of the hand finds it, or five that are as near", arguments: UInt64(0)..<15)
    func slips(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        var markets: Set<String> = []
        while markets.count < 300 {
            let quote = ["USDT", "USDC", "USD", "EUR", "BTC", "ETH", "TRY"].randomElement(using: &rng) ?? ""
            markets.insert("\(Self.word(2...6, &rng))-\(quote)")
        }
        let list = markets.sorted()
        for _ in 0..<20 {
            let meant = list.randomElement(using: &rng) ?? ""
            let wanted = Self.slip(meant, &rng)
            if markets.contains(wanted) { continue }
            let near = NearMatches.symbols(wanted, among: list)
            #expect(near.count <= 5 && Set(near).count == near.count && Set(near).isSubset(of: markets))
            let base = wanted.prefix { $0 != "-" }
            let asNear = near.filter {
                $0.hasPrefix(base + "-") || EditDistance.between(Array(wanted.utf8), Array($0.utf8)) <= 1
            }
            #expect(near.contains(meant) || asNear.count == 5, "\(wanted) of \(meant): \(near)")
        }
    }

    @Test("an id with one slip finds it, or five as near", arguments: UInt64(0)..<10)
    func ids(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let list = (0..<500).map { _ in Self.word(4...12, &rng).lowercased() }
        for _ in 0..<20 {
            let meant = list.randomElement(using: &rng) ?? ""
            let wanted = Self.slip(meant, &rng)
            if list.contains(wanted) { continue }
            let near = NearMatches.ids(wanted, among: list)
            let asNear = near.filter { EditDistance.between(Array(wanted.utf8), Array($0.utf8)) <= 1 }
            #expect(near.contains(meant) || asNear.count == 5, "\(wanted) of \(meant): \(near)")
        }
    }

    @Test("other quotes of the base come first, those most people mean before the others")
    func quotes() {
        let list = [
            "BTC-BRL", "BTC-USDC", "BTC-USDT", "BTC-EUR", "BCH-USDT", "ETH-USDT", "BTT-USDX", "BTC-USD", "BTC-TRY",
        ]
        #expect(
            NearMatches.symbols("BTC-USDX", among: list) == ["BTC-USDT", "BTC-USD", "BTC-USDC", "BTC-EUR", "BTC-BRL"])
        #expect(NearMatches.symbols("BTC-USDX", among: list, limit: 2) == ["BTC-USDT", "BTC-USD"])
        #expect(NearMatches.symbols("BTD-USDT", among: list).first == "BTC-USDT")
        #expect(NearMatches.symbols("EHT-USDT", among: list) == ["ETH-USDT"])
    }

    @Test("nothing is near to what nobody could have meant")
    func nothing() {
        let list = ["BTC-USDT", "ETH-USDT", "SOL-USDC"]
        for wanted in ["QWERTY-GBP", "", "-", "XXXXXXXXXXXXXXXX", "äöü-€"] {
            #expect(NearMatches.symbols(wanted, among: list).isEmpty, "\(wanted)")
        }
        #expect(NearMatches.symbols("BTC-USDX", among: []).isEmpty)
        #expect(NearMatches.ids("bit", among: ["bitcoin", "bittorrent", "ethereum"]) == ["bitcoin", "bittorrent"])
        #expect(NearMatches.ids("bitconi", among: ["bitcoin", "ethereum"]) == ["bitcoin"])
        #expect(NearMatches.ids("zz", among: ["bitcoin", "zzz-long-name"]).isEmpty)
    }

    @Test("the distance is the least number of slips, both ways", arguments: UInt64(0)..<10)
    func distance(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let word = Self.word(1...10, &rng)
            var other = word
            let slips = Int.random(in: 0...3, using: &rng)
            for _ in 0..<slips { other = Self.slip(other.isEmpty ? "A" : other, &rng) }
            let there = EditDistance.between(Array(word.utf8), Array(other.utf8))
            #expect(there == EditDistance.between(Array(other.utf8), Array(word.utf8)))
            #expect(there == 0 ? word == other : there <= max(word.utf8.count, other.utf8.count))
            if slips <= 1 { #expect(there <= slips) }
        }
    }
}
