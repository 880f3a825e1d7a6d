import Foundation
import TestSupport
import Testing

/// Numbers of scikit-learn for what our own code computed (`Reference/metrics_reference.py`).
enum ScikitReference {
    static let skipped: Comment = "skipped: no Python with scikit-learn (CRYPTO_PYTHON); deploy/test makes one"

    static let isPresent: Bool = {
        guard let python = Reference.python else { return false }
        return (try? ChildProcess(python, ["-c", "import sklearn"]).wait(seconds: 60))?.status == 0
    }()

    /// - Parameter text: what the script reads.
    static func answer(_ text: String, _ options: [String] = []) throws -> [String: Double] {
        let python = try #require(Reference.python)
        let script = SharedData.packageRoot.appendingPathComponent(
            "Tests/CryptoCoreTests/Reference/metrics_reference.py")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("scores-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try ChildProcess(python, [script.path] + options + [file.path]).wait(seconds: 120)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode([String: Double].self, from: Data(result.output.utf8))
    }
}
