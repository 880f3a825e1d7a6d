import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("schemas, AsyncAPI document and code say the same", .waiting)
struct SchemaTests {
    @Test("every golden record is valid, by one schema file alone", .enabled(if: Python.isPresent, Python.skipped))
    func golden() throws {
        let records = GoldenRecords.files.flatMap { file in file.lines.map { (file.name, $0) } }
        for (record, verdict) in try zip(records, verdicts(records)) {
            #expect(verdict == "ok", "\(record.0): \(String(decoding: record.1, as: UTF8.self))")
        }
    }

    /// `RECORD_GOLDEN=1` rewrites the file.
    private func expectFile(_ path: String, _ wanted: (String) -> String) throws {
        let file = SharedData.packageRoot.appendingPathComponent(path)
        let found = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let wanted = wanted(found)
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" { return try Data(wanted.utf8).write(to: file) }
        #expect(found == wanted, "\(path): RECORD_GOLDEN=1 swift test --filter ContractTests rewrites it")
    }

    @Test("config/schemas has the schema of each record, as the code describes it")
    func schemaFiles() throws {
        for record in SchemaWriter.records {
            try expectFile("config/schemas/\(SchemaWriter.name(record)).json") { _ in SchemaWriter.schema(of: record) }
        }
        #expect(
            SchemaWriter.records.map(SchemaWriter.name).allSatisfy { name in
                GoldenRecords.files.contains { $0.name == name }
            })
        let folder = SharedData.packageRoot.appendingPathComponent("config/schemas").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(names) == Set(SchemaWriter.records.map { "\(SchemaWriter.name($0)).json" }))
    }

    @Test("README.md has a line for each topic")
    func readme() throws {
        let page = try String(contentsOf: SharedData.packageRoot.appendingPathComponent("README.md"), encoding: .utf8)
        for topic in Topic.allCases { #expect(page.contains("\n| `\(topic.name(prefix: "crypto"))` |")) }
    }

    @Test("config/asyncapi.yaml tells of the topics as the code declares them")
    func topicsDocument() throws { try expectFile("config/asyncapi.yaml", AsyncAPIWriter.document) }

    @Test("what the schema files repeat is the same in each", .enabled(if: Python.isPresent, Python.skipped))
    func repeated() throws {
        let result = try Python.validate("definitions", input: Data())
        #expect(result.output == "")
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test("schema and decoder judge hostile variants as listed", .enabled(if: Python.isPresent, Python.skipped))
    func hostile() throws {
        let variants = try RecordVariant.all()
        #expect(variants.count > 100)
        let verdicts = try verdicts(variants.map { ($0.schema, $0.text) })
        for (variant, verdict) in zip(variants, verdicts) {
            #expect((verdict == "ok") == variant.isValid, "line \(variant.line): \(verdict)")
        }
    }

    @Test("the decoder judges hostile variants as listed, with or without Python")
    func decoder() throws {
        for variant in try RecordVariant.all() {
            #expect(variant.decodes() == variant.isDecodable, "line \(variant.line)")
            let differs = variant.isValid != variant.isDecodable
            #expect(differs == (variant.reason != nil), "line \(variant.line) must say why, or need not")
        }
    }

    @Test(
        "asyncapi.yaml has every topic with its schema and settings, and no other",
        .enabled(if: Python.isPresent, Python.skipped))
    func topics() throws {
        let table = Topic.allCases.map { topic in
            TopicRow(
                name: topic.name(prefix: "crypto"), schema: topic.schema,
                configuration: Dictionary(topic.configuration.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
        }
        let differences = try Python.validate("topics", input: JSONEncoder().encode(table))
        #expect(differences.output == "")
        #expect(differences.status == 0, "\(differences.errors)")
    }

    @Test("asyncapi.yaml is valid AsyncAPI", .enabled(if: AsyncAPIParser.isPresent, AsyncAPIParser.skipped))
    func asyncAPI() throws {
        let result = try AsyncAPIParser.validate()
        let said = result.output + result.errors
        #expect(result.status == 0, "\(said)")
        #expect(said.contains("valid AsyncAPI 3"), "\(said)")
    }

    private func verdicts(_ records: [(name: String, text: [UInt8])]) throws -> [String] {
        var input = Data()
        for record in records {
            input += Array(record.name.utf8) + [UInt8(ascii: "\t")] + record.text + [UInt8(ascii: "\n")]
        }
        let result = try Python.validate("records", input: input)
        let verdicts = result.output.split(separator: "\n").map(String.init)
        try #require(result.status == 0 && verdicts.count == records.count, "\(result.errors)")
        return verdicts
    }

    private struct TopicRow: Encodable {
        var name: String
        var schema: String?
        var configuration: [String: String]
    }
}
