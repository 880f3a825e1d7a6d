import Foundation
import TestSupport
import Testing

/// The Python that has the packages of `Tests/requirements.txt`: `CRYPTO_PYTHON`, which deploy/test sets, else its virtual
/// environment where that was made.
enum Python {
    static let skipped: Comment = "skipped: no Python with Tests/requirements.txt; deploy/test makes one"

    static let path: String? = {
        let made = SharedData.packageRoot.appendingPathComponent(".build/venv/bin/python").path
        let named = ProcessInfo.processInfo.environment["CRYPTO_PYTHON"] ?? made
        return FileManager.default.isExecutableFile(atPath: named) ? named : nil
    }()

    static var isPresent: Bool { path != nil }

    /// Runs `Tests/ContractTests/validate.py`.
    /// - Parameter config: the folder of the contracts.
    static func validate(
        _ command: String, input: Data, config: URL = SharedData.packageRoot.appendingPathComponent("config")
    ) throws -> ChildProcess.Result {
        let script = SharedData.packageRoot.appendingPathComponent("Tests/ContractTests/validate.py").path
        return try ChildProcess(#require(path), [script, command, config.path], input: input).wait()
    }
}

/// AsyncAPI's own parser, for Node; it lies beside the recordings.
enum AsyncAPIParser {
    static let archive = SharedData.file("services/asyncapi-validate.mjs.xz")
    static let skipped: Comment = "skipped: needs node and services/asyncapi-validate.mjs.xz in CRYPTO_SHARED"

    static let isPresent: Bool = {
        FileManager.default.fileExists(atPath: archive.path) && (try? ChildProcess.run("node", ["--version"])) != nil
    }()

    /// Validates config/asyncapi.yaml.
    static func validate() throws -> ChildProcess.Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("asyncapi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let parser = folder.appendingPathComponent("validate.mjs").path
        _ = try ChildProcess.run("sh", ["-c", "xz -dc \"$1\" >\"$2\"", "sh", archive.path, parser])
        let document = SharedData.packageRoot.appendingPathComponent("config/asyncapi.yaml").path
        return try ChildProcess("node", [parser, document]).wait()
    }
}
