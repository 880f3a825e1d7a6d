import CryptoCore
import TestSupport
import Testing

@Suite("Comma-separated values")
struct CSVReaderTests {
    /// All rows; nil for a cell with nothing in it.
    private func rows(_ text: String) throws -> [[String?]] {
        let bytes = Array(text.utf8)
        var reader = CSVReader()
        var rows: [[String?]] = []
        while try reader.next(bytes.span.bytes) {
            rows.append(reader.cells.map { $0.isEmpty ? nil : $0.string(in: bytes.span.bytes) })
        }
        return rows
    }

    @Test(
        "quotes, commas, ends of lines and empty cells are what RFC 4180 says",
        arguments: [
            ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
            ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
            ("\"a,1\",\"b\"\"q\"\"\"\n", [["a,1", "b\"q\""]]),
            ("\"two\nlines\",x\n\"\",\n", [["two\nlines", "x"], ["", nil]]),
            (",,\n", [[nil, nil, nil]]),
            ("\n\na\r\n\r\nb\n", [["a"], ["b"]]),
            ("\"a\"\r\n\"b\"", [["a"], ["b"]]),
            ("a\"b,c", [["a\"b", "c"]]),
            ("\u{FEFF}a,b\n\u{FEFF}c,d\n", [["a", "b"], ["\u{FEFF}c", "d"]]),
            ("\u{FEFF}\"a\",b\n", [["a", "b"]]),
            ("", []),
        ] as [(String, [[String?]])])
    func cells(text: String, wanted: [[String?]]) throws {
        #expect(try rows(text) == wanted)
    }

    @Test(
        "a quoted cell without an end, or with something behind it, is refused with its line",
        arguments: [("a\n\"b", 2), ("\"a\"b\n", 1), ("x\n\"y\ny\",1\n\"z", 4)])
    func quotes(text: String, line: Int) {
        #expect(throws: CSVError.quote(line: line)) { _ = try rows(text) }
    }

    @Test("what was written with quotes reads back, and no bytes do harm", arguments: UInt64(0)..<200)
    func random(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("a1,\"\n\ré ")
        let table = (0..<Int.random(in: 1...5, using: &random)).map { _ in
            (0..<4).map { _ in
                String((0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
            }
        }
        let text = table.map { row in
            row.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",")
        }.joined(separator: "\r\n")
        #expect(try rows(text) == table)
        let rubbish = (0..<40).map { _ in Array("\"\",\n\r5".utf8).randomElement(using: &random)! }
        _ = try? rows(String(decoding: rubbish, as: UTF8.self))
    }

    @Test("a row that the end of the file cuts says so")
    func cut() throws {
        let bytes = Array("a,b\nc,d".utf8)
        var reader = CSVReader()
        _ = try reader.next(bytes.span.bytes)
        #expect(!reader.isCut && reader.line == 1)
        _ = try reader.next(bytes.span.bytes)
        #expect(reader.isCut && reader.line == 2)
    }

    @Test(
        "a row that the end of the file cuts within quotes says so, unless the quotes began on a line before",
        arguments: [("a,b\n\"c", true), ("a,b\nc,\"d,", true), ("a,b\n\"c\nd", false), ("a,b\n\"c\"d", false)])
    func cutInQuotes(text: String, isCut: Bool) throws {
        let bytes = Array(text.utf8)
        var reader = CSVReader()
        _ = try reader.next(bytes.span.bytes)
        #expect(throws: CSVError.quote(line: 2)) { _ = try reader.next(bytes.span.bytes) }
        #expect(reader.isCut == isCut)
    }

    @Test(
        "whole numbers are read whole or not at all",
        arguments: [
            ("0", 0), ("-12", -12), ("9223372036854775807", .max), ("9223372036854775808", nil), ("", nil), ("-", nil),
            ("1.0", nil), ("1 ", nil), ("99999999999999999999", nil), ("1763719200000", 1_763_719_200_000),
        ] as [(String, Int64?)])
    func integers(text: String, value: Int64?) throws {
        let bytes = Array("\(text),x\n".utf8)
        var reader = CSVReader()
        #expect(try reader.next(bytes.span.bytes))
        #expect(reader.cells[0].integer(in: bytes.span.bytes) == value)
    }

    @Test(
        "numbers are read as JSON has them",
        arguments: [("1.5", 1.5), ("100.0", 100), ("1e-05", 1e-5), ("-3", -3), ("x", nil), ("", nil), ("1.5x", nil)]
            as [(String, Double?)])
    func reals(text: String, value: Double?) throws {
        let bytes = Array("\(text),x\n".utf8)
        var reader = CSVReader()
        #expect(try reader.next(bytes.span.bytes))
        #expect(reader.cells[0].real(in: bytes.span.bytes) == value)
    }
}
