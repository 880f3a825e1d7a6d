import CryptoCore
import Foundation
import TestSupport
import Testing

/// scikit-learn's forest and ONNX Runtime, by `Reference/forest_reference.py`.
enum ForestReference {
    static let noLibrary: Comment = "skipped: no Python with scikit-learn (CRYPTO_PYTHON); deploy/test makes one"
    static let noONNX: Comment =
        "skipped: no Python with ONNX Runtime and skl2onnx (CRYPTO_MODEL_PYTHON); deploy/test --full makes one"

    static let python = found(Reference.python, imports: "sklearn")
    static let modelPython = found(
        ProcessInfo.processInfo.environment["CRYPTO_MODEL_PYTHON"], imports: "sklearn, onnx, onnxruntime, skl2onnx")

    private static func found(_ python: String?, imports modules: String) -> String? {
        guard let python, !python.isEmpty else { return nil }
        return (try? ChildProcess(python, ["-c", "import \(modules)"]).wait(seconds: 120))?.status == 0 ? python : nil
    }

    /// Runs the script with files of `sets`, in a folder of its own.
    /// - Parameter arguments: of the script, given the paths of the sets and the folder.
    static func run(
        _ python: String?, _ sets: [TrainingSet], _ arguments: ([String], URL) throws -> [String]
    ) throws -> (output: String, folder: [String: [UInt8]]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("forest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (number, set) in sets.enumerated() {
            let path = folder.appendingPathComponent("\(number).csv")
            let lines = (0..<set.count).map { row in
                (set.features.row(row).map { "\($0)" } + ["\(set.targets[row])"]).joined(separator: ",")
            }
            try Data(lines.joined(separator: "\n").utf8).write(to: path)
            paths.append(path.path)
        }
        let script = SharedData.packageRoot.appendingPathComponent(
            "Tests/CryptoCoreTests/Reference/forest_reference.py")
        let output = try ChildProcess.run(
            #require(python), [script.path] + arguments(paths, folder), seconds: 600)
        let written = try? [UInt8](Data(contentsOf: folder.appendingPathComponent("forest.onnx")))
        return (output, written.map { ["forest.onnx": $0] } ?? [:])
    }

    /// The area under the ROC curve by its definition: pairs in the right order, ties half.
    static func auc(_ probabilities: [Double], _ targets: [UInt8]) -> Double {
        let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
        var below = 0.0, sum = 0.0, at = 0
        while at < order.count {
            let value = probabilities[order[at]]
            let tied = order[at...].prefix { probabilities[$0] == value }
            let zeros = Double(tied.count { targets[$0] == 0 }), ones = Double(tied.count) - zeros
            sum += ones * (below + zeros / 2)
            below += zeros
            at += tied.count
        }
        return sum / (below * (Double(order.count) - below))
    }
}
