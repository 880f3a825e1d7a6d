import CryptoCore
import Foundation
import Synchronization
import TestSupport

/// Recorded days of bitFlyer's BTC_JPY trades, as observations: trades without a time are left out.
enum BitflyerDays {
    /// Each day is read once, whoever asks first.
    private static let read = Mutex<[Int: [Observation]]>([:])

    static func observations(_ days: ClosedRange<Int>) throws -> [Observation] {
        try days.flatMap { day in
            try read.withLock { read in
                if let known = read[day] { return known }
                let name = "data/bitflyer/BTC_JPY-executions-2018-01-\(day).csv.gz"
                let found = parse([UInt8](try SharedData.contents(name)))
                read[day] = found
                return found
            }
        }
    }

    /// Columns: id, exec_ms, loaded_ms, side, price, size.
    private static func parse(_ text: [UInt8]) -> [Observation] {
        text.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard let time = Int64(String(decoding: fields[1], as: UTF8.self)) else { return nil }
            let id = Array(fields[0])
            return Observation(
                price: Double(String(decoding: fields[4], as: UTF8.self)) ?? .nan,
                quantity: Double(String(decoding: fields[5], as: UTF8.self)) ?? .nan,
                side: fields[3].elementsEqual("BUY".utf8) ? .buy : fields[3].elementsEqual("SELL".utf8) ? .sell : nil,
                eventTime: time, id: id.span.bytes)
        }
    }
}
