import CryptoCore
import Foundation
import TestSupport

/// Recorded days of bitFlyer's BTC_JPY trades, as observations: trades without a time are left out.
enum BitflyerDays {
    static func observations(_ days: ClosedRange<Int>) throws -> [Observation] {
        try days.flatMap { day in
            let name = "data/bitflyer/BTC_JPY-executions-2018-01-\(day).csv.gz"
            return parse([UInt8](try SharedData.contents(name)))
        }
    }

    /// Columns: id, exec_ms, loaded_ms, side, price, size.
    private static func parse(_ text: [UInt8]) -> [Observation] {
        text.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Array.init)
            guard let time = Int64(String(decoding: fields[1], as: UTF8.self)) else { return nil }
            let id = fields[0]
            return Observation(
                price: Double(String(decoding: fields[4], as: UTF8.self)) ?? .nan,
                quantity: Double(String(decoding: fields[5], as: UTF8.self)) ?? .nan,
                side: fields[3] == Array("BUY".utf8) ? .buy : fields[3] == Array("SELL".utf8) ? .sell : nil,
                eventTime: time, id: id.span.bytes)
        }
    }
}
