import Foundation
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

@Suite("config/INFERENCE.md", .waiting)
struct PageTests {
    @Test("each line with curl gets the status that stands behind it")
    func lines() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../config/INFERENCE.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("    curl ")
        }
        #expect(lines.count > 15)
        for line in lines {
            let parts = line.components(separatedBy: " # ")
            let wanted = try #require(parts.count == 2 ? Int(parts[1].trimmingCharacters(in: .whitespaces)) : nil)
            let command = parts[0].replacingOccurrences(of: "localhost:8000", with: "127.0.0.1:\(running.port)")
            let text = try ChildProcess("sh", ["-c", "\(command) -g -m 20 -w '\\n%{http_code}'"]).wait(seconds: 30)
                .output
            #expect(text.hasSuffix("\n\(wanted)"), "\(line): \(text)")
        }
    }
}
