public import Foundation

/// Recorded market data that lies beside the repository, not in it.
///
/// `CRYPTO_SHARED` names the folder that holds `data/` and `services/`; without it `../shared` beside the package is tried.
/// A test that needs it asks `isPresent` in its `.enabled(if:)` trait, so that it is listed as skipped where it is absent.
public enum SharedData {
    public static let root: URL = {
        if let named = ProcessInfo.processInfo.environment["CRYPTO_SHARED"], !named.isEmpty {
            return URL(fileURLWithPath: named, isDirectory: true)
        }
        return packageRoot.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
    }()

    /// The folder of Package.swift.
    public static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Whether the recordings are there.
    public static var isPresent: Bool { FileManager.default.fileExists(atPath: file("data/README.md").path) }

    /// A file below the shared folder, e.g. `data/bybit/x.jsonl.gz`.
    public static func file(_ path: String) -> URL { root.appendingPathComponent(path) }

    /// The unpacked bytes of a `.gz` file (or the bytes of any other).
    public static func contents(_ path: String) throws -> Data {
        let url = file(path)
        guard path.hasSuffix(".gz") else { return try Data(contentsOf: url) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", url.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return data
    }
}
