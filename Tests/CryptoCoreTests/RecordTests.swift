import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("records come back from their JSON as they were")
struct RecordTests {
    private func bytes(_ encode: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        encode(&json)
        return json.bytes
    }

    /// What every record must do: Foundation takes its JSON, we read it back the same, and every truncation throws.
    private func check<Record: Equatable>(
        _ record: Record, _ bytes: [UInt8], _ decode: (RawSpan) throws(DecodeError) -> Record
    ) throws {
        #expect(try decode(bytes.span.bytes) == record)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(bytes)) }
        let taken = bytes.indices.filter { (try? decode(bytes.span.bytes.extracting(0..<$0))) != nil }
        #expect(taken.isEmpty)
    }

    @Test("ticks", arguments: UInt64(0)..<4)
    func ticks(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(250) {
            let tick = rng.tick()
            try check(tick, tick.encoded()) { span throws(DecodeError) in try Tick(decoding: span) }
        }
    }

    @Test("windows, trends, indicators and late ticks", arguments: UInt64(10)..<14)
    func others(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(25) {
            let window = rng.window(), trend = rng.trend(), indicators = rng.indicators()
            let late = LateTick(tick: rng.tick(), lateBy: rng.int(.min...(.max)))
            try check(window, bytes { window.encode(into: &$0) }) { span throws(DecodeError) in
                try WindowAggregate(decoding: span)
            }
            try check(trend, bytes { trend.encode(into: &$0) }) { span throws(DecodeError) in try Trend(decoding: span)
            }
            try check(indicators, bytes { indicators.encode(into: &$0) }) { span throws(DecodeError) in
                try Indicators(decoding: span)
            }
            try check(late, bytes { late.encode(into: &$0) }) { span throws(DecodeError) in try LateTick(decoding: span)
            }
        }
    }

    @Test("predictions and scores", arguments: UInt64(20)..<24)
    func judged(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(25) {
            let prediction = rng.prediction(), score = rng.score()
            try check(prediction, bytes { prediction.encode(into: &$0) }) { span throws(DecodeError) in
                try Prediction(decoding: span)
            }
            try check(score, bytes { score.encode(into: &$0) }) { span throws(DecodeError) in try Score(decoding: span)
            }
        }
    }

    @Test(
        "a series is a source without colon and a symbol split at its last dash",
        arguments: [
            ("bybit:BTC-USDT", "BTC", "USDT"), ("a:B-C-D", "B-C", "D"), ("a:b:C-D", "b:C", "D"), ("é:線-🚀", "線", "🚀"),
        ])
    func series(key: String, base: String, quote: String) {
        let series = Series(key)
        #expect(series?.description == key)
        #expect(series?.base == base)
        #expect(series?.quote == quote)
    }

    @Test(
        "other texts are no series",
        arguments: ["", ":", "a:", ":A-B", "a:AB", "a:-B", "a:A-", "a:A B-C", " a:A-B", "a\n:A-B", "A-B"])
    func notSeries(key: String) { #expect(Series(key) == nil) }

    @Test("a dead letter comes back from its headers")
    func deadLetter() {
        let letter = DeadLetter(
            originTopic: "crypto.ticks", originPartition: 3, originOffset: .max, error: "not JSON: é",
            service: "processor")
        let headers = Dictionary(letter.headers.map { ($0.name, $0.value) }) { $1 }
        #expect(DeadLetter(headers: headers) == letter)
        #expect(
            letter.headers.map(\.name) == ["origin_topic", "origin_partition", "origin_offset", "error", "service"])
        for name in headers.keys { #expect(DeadLetter(headers: headers.filter { $0.key != name }) == nil) }
        #expect(DeadLetter(headers: headers.merging(["origin_offset": "x"]) { $1 }) == nil)
    }
}
