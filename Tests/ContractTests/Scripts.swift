import Foundation
import TestSupport
import Testing

/// Runs a program to its end.
enum Script {
    struct Result {
        var status: Int32
        /// Standard output and error.
        var output: String
    }

    static func run(_ program: String, _ arguments: [String], input: Data = Data()) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = SharedData.packageRoot
        let (standardInput, output) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = output
        try process.run()
        // All our scripts read their input to the end before they print.
        try standardInput.fileHandleForWriting.write(contentsOf: input)
        try standardInput.fileHandleForWriting.close()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: printed, as: UTF8.self))
    }
}

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

    static func run(_ script: String, _ arguments: [String], input: Data) throws -> Script.Result {
        try Script.run(#require(path), [script] + arguments, input: input)
    }
}

/// AsyncAPI's own parser, for Node; it lies beside the recordings.
enum AsyncAPIParser {
    static let archive = SharedData.file("services/asyncapi-validate.mjs.xz")
    static let skipped: Comment = "skipped: needs node and services/asyncapi-validate.mjs.xz in CRYPTO_SHARED"

    static let isPresent: Bool = {
        FileManager.default.fileExists(atPath: archive.path) && (try? Script.run("node", ["--version"]).status) == 0
    }()

    static func validate(_ file: String) throws -> Script.Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("asyncapi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let parser = folder.appendingPathComponent("validate.mjs").path
        let unpacked = try Script.run("sh", ["-c", "xz -dc \"$1\" >\"$2\"", "sh", archive.path, parser])
        try #require(unpacked.status == 0, "\(unpacked.output)")
        return try Script.run("node", [parser, file])
    }
}
