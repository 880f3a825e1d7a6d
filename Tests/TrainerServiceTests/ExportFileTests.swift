import CryptoCore
import Foundation
import ServiceRuntime
import System
import Testing

@testable import TrainerService

@Suite("The file of --export")
struct ExportFileTests {
    private let folder: TemporaryFolder
    private let rows = TrainingTests.rows(hours: 0..<2)

    init() throws { folder = try TemporaryFolder() }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test("a place where no file can be is known before anything is learned, and how to mend it", arguments: [0, 1])
    func nowhere(number: Int) throws {
        let export = [Export.rows(path: "\(folder.path)/nowhere/x.csv"), .onnx(path: "\(folder.path)/folder.onnx")][
            number]
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/folder.onnx", withIntermediateDirectories: false)
        let error = try #require(throws: ModelFolderError.self) { _ = try ExportFile(export) }
        #expect(error.path == export.path && "\(error)".contains("name another file by --export"))
        #expect("\(error)".contains(["No such file or directory", "Is a directory"][number]))
        #expect(try names() == ["folder.onnx"])
    }

    @Test("what was there stays until all of the new one is, and nothing is left of one that was not published")
    func whole() throws {
        let path = try folder.write("before", to: "x.csv")
        do {
            let file = try ExportFile(.rows(path: path))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
            #expect(try names().count == 2)
            // Nothing was written: there is nothing to publish.
            try file.publish()
        }
        #expect(try names() == ["x.csv"] && String(contentsOfFile: path, encoding: .utf8) == "before")
        try ExportFile(.rows(path: path)).publish(rows)
        #expect(try names() == ["x.csv"])
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == rows.count + 1)
    }

    @Test("a version and its exported model are there both, or neither is")
    func both() async throws {
        let configuration = try Configurations.trainer(
            ["--preset", "direction", "--from", "csv:x", "--models", "\(folder.path)/models", "--trees", "2"]
                + ["--evaluate", "none"])
        let training = Training(configuration, stop: StopFlag(), progress: TrainingProgress(), baselines: [])
        let trained = try await training.train(rows)
        let writing = ModelWriting(configuration: configuration, readSeconds: 0, nowMs: 0)
        let path = "\(folder.path)/x.onnx"
        let export = try ExportFile(.onnx(path: path))
        let card = try writing.write(trained, export: export)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(Array(bytes) == ONNX.encode(try configuration.folder.load(card.version)))
        #expect(try names() == ["models", "x.onnx"])
        // No version can be written where a file has its number; the export goes with it.
        #expect(FileManager.default.createFile(atPath: "\(configuration.folder.path)/2", contents: Data()))
        do {
            let second = try ExportFile(.onnx(path: path))
            #expect(throws: ModelFolderError.self) { _ = try writing.write(trained, export: second) }
        }
        #expect(try names() == ["models", "x.onnx"] && Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        #expect(try configuration.folder.versions() == [1])
    }
}
