import Foundation
import ServiceKit
import Testing

@Suite("The help")
struct HelpTests {
    @Test("it is, byte for byte, what we once found good; RECORD_GOLDEN=1 rewrites it")
    func golden() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/help.txt")
        let text = try Sample.shown(["--help"])
        if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    @Test("no line is longer than 100 columns, and each flag is there with its variable")
    func layout() throws {
        let text = try Sample.shown(["--help"])
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 && $0.last != " " })
        for flag in Sample.usage.flags {
            #expect(text.contains("  --\(flag.name)"))
            #expect(text.contains(flag.environmentName))
        }
    }
}
