public import Foundation

/// Requests that schemathesis makes of an OpenAPI document, allowed ones and others: each answer must be one that the document tells of.
public enum Schemathesis {
    /// A Python with `Tests/requirements-clients.txt`.
    public static let python = ProcessInfo.processInfo.environment["CRYPTO_CLIENTS_PYTHON"]
    /// How many requests of a kind are wanted; nil where nobody says.
    public static let examples = ProcessInfo.processInfo.environment["CRYPTO_SCHEMATHESIS"]

    /// - Parameters:
    ///   - document: its address.
    ///   - settings: a file of schemathesis's.
    ///   - examples: how many requests of a kind.
    public static func run(_ document: String, settings: URL, examples: String) throws -> ChildProcess.Result {
        guard let python else { throw ChildProcess.Failure(description: "CRYPTO_CLIENTS_PYTHON is not set") }
        // It keeps what it found where it runs.
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("cryptostream-schemathesis-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try ChildProcess(
            python,
            [
                "-m", "schemathesis.cli", "--config-file", settings.path, "run", document, "--max-examples", examples,
                "--no-color",
            ], in: folder
        ).wait(seconds: 900)
    }
}
