/// How many decimals a market's prices have: the most among its newest 128 to 256 prices.
///
/// It stands for the market's smallest move, which no topic tells. One price with many decimals, such as a mean, is forgotten again.
struct PriceDecimals: Sendable {
    /// More than this are noise of a division.
    static let most = 12
    private static let generation = 128

    private var current = 0
    private var previous = 0
    private var count = 0
    private var last = Double.nan

    /// The decimals to show.
    var value: Int { max(current, previous) }

    /// Takes the next price, which is above 0.
    mutating func add(_ price: Double) {
        count += 1
        if count > PriceDecimals.generation { (previous, current, count) = (current, 0, 1) }
        if price == last, count > 1 { return }
        last = price
        current = max(current, PriceDecimals.count(in: price))
    }

    /// The decimals of the shortest text that reads back to the price.
    static func count(in price: Double) -> Int {
        let text = price.description
        guard let point = text.firstIndex(of: ".") ?? text.firstIndex(of: "e") else { return 0 }
        let end = text.firstIndex(of: "e") ?? text.endIndex
        var decimals = point < end ? text.distance(from: point, to: end) - 1 : 0
        if text[..<end].hasSuffix(".0") { decimals = 0 }
        if end < text.endIndex, let exponent = Int(text[text.index(after: end)...]) { decimals -= exponent }
        return min(max(0, decimals), most)
    }
}
