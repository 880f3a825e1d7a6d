import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("the writer writes JSON that reads back the same")
struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func expectShortest(_ value: Double) {
        let written = text { $0.value(value) }
        #expect(strtod(written, nil).bitPattern == value.bitPattern, "\(value) written as \(written)")
        // Swift's description is the shortest that reads back (SwiftDtoa), and has a point or an exponent.
        #expect(written == value.description)
        #expect(written.contains { $0 == "." || $0 == "e" }, "\(written) reads as an integer")
        #expect((try? JSONTree(scanning: written.bytes)) == .number(value), "\(written) is not JSON")
    }

    @Test("numbers are the shortest text that gives the same double", arguments: UInt64(0)..<4)
    func numbers(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(10_000) {
            expectShortest(rng.anyFinite())
            expectShortest(rng.marketNumber())
            expectShortest(Double(Int64(bitPattern: rng.next()) >> rng.int(0...63)))
            expectShortest(Double(bitPattern: rng.next() >> 12))
        }
    }

    @Test(
        "the corners of the doubles",
        arguments: [
            0, -0.0, 1, -1, 100, 0.1, 1e15, 999_999_999_999_999, 1e16, 1e21, 1e22, 0x1p53, 0x1p63, -0x1p63, 0x1p64,
            .leastNonzeroMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNormalMagnitude, .pi, 1e-5, 1e-4, 123_456.75,
        ])
    func corners(value: Double) { expectShortest(value) }

    @Test("a number is never digits only, so that no reader takes a column that begins with whole ones for integers")
    func wholeNumbers() {
        for (value, wanted) in [
            (100.0, "100.0"), (-3.0, "-3.0"), (0.0, "0.0"), (-0.0, "-0.0"), (999_999_999_999_999, "999999999999999.0"),
            (1e15, "1000000000000000.0"), (0x1p53, "9007199254740992.0"), (1e16, "1e+16"), (1e-8, "1e-08"),
        ] { #expect(text { $0.value(value) } == wanted) }
    }

    @Test("counts, times and ids are digits only, none of 64 bits is lost")
    func integers() {
        for value in [0, 1, -1, 9, 10, 99, 100, .max, .min, .max - 1, .min + 1, 1_763_719_200_000] as [Int64] {
            #expect(text { $0.value(value) } == String(value))
        }
        var rng = SplitMix64(seed: 1)
        for _ in 0..<Fuzz.rounds(5_000) {
            let value = Int64(bitPattern: rng.next()) >> rng.int(0...63)
            #expect(text { $0.value(value) } == String(value))
        }
    }

    @Test("Foundation reads any text back", arguments: UInt64(10)..<12)
    func strings(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(5_000) {
            var original = ""
            for _ in 0..<rng.int(0...20) {
                let scalar = rng.chance(0.5) ? UInt32(rng.next() % 0x80) : UInt32(rng.next() % 0x11_0000)
                // Foundation drops U+FEFF.
                if scalar != 0xFEFF, let scalar = Unicode.Scalar(scalar) { original.unicodeScalars.append(scalar) }
            }
            let written = text { $0.value(original) }
            let read = try JSONSerialization.jsonObject(with: Data(written.utf8), options: .fragmentsAllowed) as? String
            #expect(read.map { Array($0.utf8) } == Array(original.utf8), "\(written)")
            #expect(try JSONTree(scanning: written.bytes) == .string(original))
        }
    }

    @Test("structure: commas where they belong, documents behind each other")
    func structure() {
        var json = JSONWriter()
        json.beginObject()
        json.field("a", 1.5)
        json.field("b", Int64(2))
        json.field("c", "x\"\\\n\u{1}")
        json.field("d", orNull: nil)
        json.field("e", ifKnown: nil)
        json.field("f", true)
        json.key("g")
        json.beginArray()
        json.value(1.0)
        json.null()
        json.beginObject()
        json.endObject()
        json.beginArray()
        json.endArray()
        json.value(false)
        json.endArray()
        json.key("h\t")
        json.value("")
        json.endObject()
        json.beginDocument()
        "[0]".utf8.withContiguousStorageIfAvailable { json.raw(UnsafeRawBufferPointer($0)) }
        let wanted = #"{"a":1.5,"b":2,"c":"x\"\\\n\u0001","d":null,"f":true,"g":[1.0,null,{},[],false],"h\t":""}[0]"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == wanted)
        json.removeAll()
        json.value(7.0)
        #expect(json.bytes == "7.0".bytes)
    }
}
