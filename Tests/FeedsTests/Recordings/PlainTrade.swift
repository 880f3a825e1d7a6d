import Foundation

/// A trade as Foundation's JSON shows it, read without the code under test.
struct PlainTrade {
    let price: Double
    let quantity: Double
    let takerBought: Bool

    /// Every trade of a frame of any venue.
    static func all(in json: Any) -> [PlainTrade] {
        if let frame = json as? [Any] { return kraken(frame) }
        guard let frame = json as? [String: Any] else { return [] }
        if let topic = frame["topic"] as? String, topic.hasPrefix("publicTrade."), let data = objects(frame["data"]) {
            return data.map { trade($0, "p", "v", bought: $0["S"] as? String == "Buy") }
        }
        if let event = frame["data"] as? [String: Any], event["e"] as? String == "trade" {
            if let origin = event["X"] as? String, origin != "MARKET" { return [] }
            return [trade(event, "p", "q", bought: event["m"] as? Bool == false)]
        }
        if frame["channel"] as? String == "market_trades", let events = objects(frame["events"]) {
            return events.flatMap { objects($0["trades"]) ?? [] }
                .map { trade($0, "price", "size", bought: $0["side"] as? String == "SELL") }
        }
        if let type = frame["type"] as? String, type.hasSuffix("match") {
            return [trade(frame, "price", "size", bought: frame["side"] as? String == "sell")]
        }
        return []
    }

    private static func kraken(_ frame: [Any]) -> [PlainTrade] {
        guard frame.count == 4, frame[2] as? String == "trade", let trades = frame[1] as? [[String]] else { return [] }
        return trades.map { fields in
            PlainTrade(
                price: Double(fields[0]) ?? .nan, quantity: Double(fields[1]) ?? .nan, takerBought: fields[3] == "b")
        }
    }

    private static func objects(_ value: Any?) -> [[String: Any]]? { value as? [[String: Any]] }

    private static func trade(
        _ object: [String: Any], _ price: String, _ quantity: String, bought: Bool
    ) -> PlainTrade {
        PlainTrade(
            price: Double(object[price] as? String ?? "") ?? .nan,
            quantity: Double(object[quantity] as? String ?? "") ?? .nan, takerBought: bought)
    }
}
