import Foundation
import ServiceKit
import TestSupport
import Testing

@testable import DashboardService

@Suite("The file of --token-file")
struct TokenFileTests {
    /// What the command line says of a file that holds this; nil where it is taken.
    private func problem(_ content: String?) throws -> [String]? {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        if let content { try Data(content.utf8).write(to: file) }
        defer { try? FileManager.default.removeItem(at: file) }
        let result = CommandLineParser.parse(
            DashboardCommand.spec, arguments: ["--token-file", file.path], environment: [:], readFile: { _ in .absent })
        switch result {
        case .run(let settings):
            #expect(settings.own.token == content?.trimmingCharacters(in: .whitespacesAndNewlines))
            return nil
        case .usage(let lines): return lines.map { $0.replacing(file.path, with: "FILE") }
        default: throw Failure("\(result)")
        }
    }

    @Test("it holds one token, with or without an end of line")
    func token() throws {
        #expect(try problem("s3cret") == nil)
        #expect(try problem(" s3cret\n") == nil)
    }

    @Test(
        "what is wrong with it is said without what it holds",
        arguments: ["", " \n", "two words", "t\u{e4}st", "a\u{0}b"])
    func wrong(content: String) throws {
        let lines = try #require(try problem(content))
        #expect(lines == ["dashboard: --token-file: FILE must hold one token of visible ASCII characters"])
    }

    @Test("one that is not there is named")
    func missing() throws {
        #expect(try problem(nil) == ["dashboard: --token-file: there is no file FILE"])
    }
}
