import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("random and damaged records are judged alike by every way of reading them")
struct RecordFuzzTests {
    private func bytes(_ encode: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        encode(&json)
        return json.bytes
    }

    @Test("damage throws or gives another record, and never traps", arguments: UInt64(20)..<24)
    func mutations(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(2_500) {
            var records = [rng.tick().encoded()]
            let window = rng.window(), trend = rng.trend(), prediction = rng.prediction(), score = rng.score()
            records.append(bytes { prediction.encode(into: &$0) })
            records.append(bytes { score.encode(into: &$0) })
            records.append(bytes { window.encode(into: &$0) })
            records.append(bytes { trend.encode(into: &$0) })
            for var record in records {
                for _ in 0..<rng.int(1...4) {
                    let at = Int(rng.next() % UInt64(record.count))
                    switch rng.next() % 4 {
                    case 0: record[at] = UInt8(truncatingIfNeeded: rng.next())
                    case 1: record.remove(at: at)
                    case 2: record.insert(rng.pick("0123456789-+.eE{}[]\",:\\u".bytes), at: at)
                    default: record.replaceSubrange(at..<at, with: record[at...].prefix(Int(rng.int(0...20))))
                    }
                    if record.isEmpty { break }
                }
                let span = record.span.bytes
                // What still decodes is a record like any other: it can be encoded, and is the same again.
                if let tick = try? Tick(decoding: span) {
                    #expect((try? Tick(decoding: tick.encoded().span.bytes)) == tick)
                }
                if let window = try? WindowAggregate(decoding: span) {
                    let again = bytes { window.encode(into: &$0) }
                    #expect((try? WindowAggregate(decoding: again.span.bytes)) == window)
                }
                if let prediction = try? Prediction(decoding: span) {
                    let again = bytes { prediction.encode(into: &$0) }
                    #expect((try? Prediction(decoding: again.span.bytes)) == prediction)
                }
                if let score = try? Score(decoding: span) { _ = bytes { score.encode(into: &$0) } }
                if let trend = try? Trend(decoding: span) { _ = bytes { trend.encode(into: &$0) } }
                _ = try? LateTick(decoding: span)
            }
        }
    }

    @Test("the fast way and the general way give the same tick", arguments: UInt64(0)..<4)
    func fastAndGeneral(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(1_500) {
            let tick = rng.tick()
            let canonical = tick.encoded()
            let rewritten = rng.rewritten(canonical)
            let text = String(decoding: rewritten, as: UTF8.self)
            #expect(try Tick(decoding: rewritten.span.bytes) == tick, "\(text)")
            #expect(try Tick(decoding: (canonical + " ".bytes).span.bytes) == tick)
            let key = tick.series.description.bytes
            for bytes in [canonical, rewritten] {
                #expect(try TickView(decoding: bytes.span.bytes).hasKey(key.span.bytes, in: bytes.span.bytes))
                for other in [key.dropLast(), key + [0x41], [0x41] + key, key.map { $0 ^ 1 }, []] {
                    let other = Array(other)
                    #expect(try !TickView(decoding: bytes.span.bytes).hasKey(other.span.bytes, in: bytes.span.bytes))
                }
            }
        }
    }

    @Test("a damaged canonical trade is judged alike by both ways", arguments: UInt64(10)..<14)
    func damagedAlike(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let original = TickViewTests.trade.bytes
        for _ in 0..<Fuzz.rounds(10_000) {
            var bytes = original
            let at = Int(rng.next() % UInt64(bytes.count))
            switch rng.next() % 3 {
            case 0: bytes[at] = rng.pick("0123456789-+.eE{}[]\",:\\ abuyse\u{1}".bytes)
            case 1: bytes.remove(at: at)
            default: bytes.insert(rng.pick("0123456789-+.eE{}[]\",:\\ ".bytes), at: at)
            }
            // White space in front is never canonical.
            let general = " ".bytes + bytes
            #expect((try? Tick(decoding: bytes.span.bytes)) == (try? Tick(decoding: general.span.bytes)))
        }
    }
}
