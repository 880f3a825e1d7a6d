import Foundation

extension String {
    /// The JSON object that this text is; empty when it is something else.
    public func jsonObject() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(utf8)) as? [String: Any] ?? [:]
    }
}

/// Names a window or a trend among all of a test: series, kind, time.
public func recordName(_ record: [String: Any]) -> String {
    ["source", "symbol", "type", "window_start", "as_of"].compactMap { record[$0].map { "\($0)" } }
        .joined(separator: "/")
}

/// What is not the same in our records (JSON texts) and in those of an independent calculation, field by field.
///
/// Everything that the other side has is compared: texts, times, counts and prices exactly; sums, and what is made of them, to
/// 1e-9 of themselves, as others add in another order or without compensation. A standard deviation, a slope and a change are
/// differences of prices: their error is measured against the price. No records on the other side is a difference too.
public func differences(_ ours: [String], _ theirs: [String]) throws -> [String] {
    func named(_ records: [String]) throws -> [String: [String: Any]] {
        Dictionary(try records.map { try $0.jsonObject() }.map { (recordName($0), $0) }) { first, _ in first }
    }
    let (left, right) = (try named(ours), try named(theirs))
    var found: [String] = []
    if right.isEmpty { found.append("there is nothing to compare with") }
    if left.count != ours.count { found.append("\(ours.count - left.count) of ours came twice") }
    if ours.count != theirs.count { found.append("\(ours.count) records, the others have \(theirs.count)") }
    for (name, want) in right {
        guard let have = left[name] else {
            found.append("\(name) is missing")
            continue
        }
        for (field, value) in want where !isSame(have[field], value, field, price(of: want)) {
            found.append("\(name).\(field): \(have[field] ?? "absent"), the others have \(value)")
        }
    }
    return found
}

/// The fields that are sums, or made of them.
private let sums: Set<String> = [
    "volume", "amount", "average_price", "vwap", "buy_volume", "sell_volume", "averages", "stddev", "slope_per_minute",
    "change_pct",
]

private func price(of record: [String: Any]) -> Double {
    if let price = record["average_price"] as? NSNumber { return price.doubleValue }
    return (record["averages"] as? [Any])?.compactMap { ($0 as? NSNumber)?.doubleValue }.max() ?? 0
}

private func isSame(_ ours: Any?, _ theirs: Any, _ field: String, _ price: Double) -> Bool {
    if let a = ours as? [Any], let b = theirs as? [Any] {
        return a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1, field, price) }
    }
    guard let a = ours as? NSNumber, let b = theirs as? NSNumber else {
        return "\(ours ?? "absent")" == "\(theirs)"
    }
    guard a != b else { return true }
    guard sums.contains(field) else { return false }
    let scale =
        switch field {
        case "stddev", "slope_per_minute": price
        case "change_pct": 100 + b.doubleValue.magnitude
        default: max(a.doubleValue.magnitude, b.doubleValue.magnitude)
        }
    return (a.doubleValue - b.doubleValue).magnitude <= 1e-9 * scale
}
