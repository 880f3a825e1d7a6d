import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("a new topic is one file and one line", .waiting)
struct NewTopicTests {
    static let lines = [
        #"{"id":"a\"1","state":"firing","as_of":1763719200000,"value":100.0,"readings":[1.0,null,0.5],"#
            + #""labels":{"venue":"bybit","é":"\\"},"baselines":{"last":{"accuracy":0.5,"log_loss":null},"#
            + #""mean":{"accuracy":1.0,"log_loss":0.25}},"matchers":[{"accuracy":0.0,"log_loss":-0.0}],"#
            + #""note":"n","expired":true}"#,
        #"{"id":"b","state":"resolved","as_of":1763719200001,"value":null,"readings":[],"labels":{},"#
            + #""baselines":{},"matchers":[]}"#,
    ]

    @Test("its records are written and read as described")
    func roundTrip() throws {
        for (example, line) in zip(Example.examples, NewTopicTests.lines) {
            #expect(String(decoding: example.encoded, as: UTF8.self) == line)
            #expect(try Example(decoding: Array(line.utf8).span.bytes) == example)
            for n in line.utf8.indices {
                let cut = Array(line.utf8[..<n])
                #expect(throws: DecodeError.self) { try Example(decoding: cut.span.bytes) }
            }
        }
        var batch = OutputBatch()
        batch.append(.example, Example.examples[0])
        #expect(batch.keys == Array("a\"1".utf8))
        #expect(String(decoding: batch.valueBytes, as: UTF8.self) == NewTopicTests.lines[0])
    }

    static let wrongs: [(find: String, replacement: String, error: String)] = [
        (#""state":"firing""#, #""state":"gone""#, "field state must be firing or resolved, byte 0"),
        (#""id":"a\"1","#, "", "field id is missing"),
        (#""value":100.0"#, #""value":"1""#, "field value must be a number, byte 64"),
        (#""labels":{"venue":"bybit","é":"\\"}"#, #""labels":[]"#, "field labels must be an object, byte 101"),
        (#""accuracy":0.5,"#, "", "field accuracy is missing"),
        (#""expired":true"#, #""expired":1"#, "field expired must be true or false, byte 267"),
    ]

    @Test("what is wrong is refused, by decoder and schema", .enabled(if: Python.isPresent, Python.skipped))
    func refused() throws {
        let texts = NewTopicTests.wrongs.map { wrong in
            let text = NewTopicTests.lines[0].replacingOccurrences(of: wrong.find, with: wrong.replacement)
            #expect(text != NewTopicTests.lines[0], "\(wrong.find) is not there")
            return text
        }
        for (text, wrong) in zip(texts, NewTopicTests.wrongs) {
            do throws(DecodeError) {
                _ = try Example(decoding: Array(text.utf8).span.bytes)
                Issue.record("taken: \(text)")
            } catch {
                #expect(error.description.prefix { $0 != "," } == wrong.error.prefix { $0 != "," })
            }
        }
        let verdicts = try verdicts(NewTopicTests.lines + texts)
        #expect(verdicts.prefix(2) == ["ok", "ok"])
        #expect(!verdicts.dropFirst(2).contains("ok"), "\(verdicts)")
    }

    /// What a JSON Schema validator says of each record, by the schema that follows from the description.
    private func verdicts(_ records: [String]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("example-\(UUID().uuidString)")
        let schemas = folder.appendingPathComponent("schemas")
        try FileManager.default.createDirectory(at: schemas, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(SchemaWriter.schema(of: Example.self).utf8).write(to: schemas.appendingPathComponent("example.json"))
        let document = SharedData.packageRoot.appendingPathComponent("config/asyncapi.yaml")
        try FileManager.default.copyItem(at: document, to: folder.appendingPathComponent("asyncapi.yaml"))
        let input = Data(records.map { "example\t\($0)\n" }.joined().utf8)
        let result = try Python.validate("records", input: input, config: folder)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    /// Beside the list, the processor says which it reads and writes, its console shows what makes a line, rules have names for
    /// records, the dashboard's board knows what is told of each, and ticks, late ticks and dead letters have ways of their own to become rows.
    static let places: Set = [
        "AlerterService/Rules/RuleReplay.swift", "CryptoCore/Rules/RuleField.swift", "CryptoCore/Schemas/Topic.swift",
        "DashboardService/Live/LiveBoard.swift", "ProcessorService/MinuteTable.swift",
        "ProcessorService/WindowStream.swift",
        "Storage/Rows/RowBatch+Records.swift",
    ]

    @Test("topics are enumerated in one place, and a few by those whose own affair they are")
    func enumerations() throws {
        let names = "ticks|tumbling|sliding|live|trends|indicators|late|deadLetter|state"
        let constant = try Regex(#"(^|[^\w)\]?!])(Topic)?\.("# + names + #")\b"#)
        let sources = SharedData.packageRoot.appendingPathComponent("Sources")
        var places: Set<String> = []
        for case let name as String in try #require(FileManager.default.enumerator(atPath: sources.path)) {
            if !name.hasSuffix(".swift") || name.hasPrefix("bench/") || name.hasPrefix("CryptoCore/Windows/") {
                continue
            }
            let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
            let topics = Set(text.matches(of: constant).compactMap { $0.output[3].substring.map(String.init) })
            if topics.count >= 3 { places.insert(name) }
        }
        #expect(places == NewTopicTests.places)
    }
}
