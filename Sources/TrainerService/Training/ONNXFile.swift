internal import CryptoCore
internal import System

/// A file in the ONNX format: how a forest comes in from elsewhere.
struct ONNXFile {
    /// A larger file is refused. *Units*: bytes.
    private static let mostBytes = 1 << 30

    let path: String

    /// Reads a forest that asks for the features of a preset.
    /// - Throws: `.notTaken` where the file cannot be read, holds something else, or a forest of other features.
    func forest(_ preset: Preset) throws(TrainingError) -> ImportedForest {
        let wanted = preset.features.map(\.name)
        let list = "the preset \(preset) has \(wanted.joined(separator: ", "))"
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileDescriptor(opening: path).contents(upTo: ONNXFile.mostBytes + 1)
        } catch { throw .notTaken(path: path, reason: error.reason) }
        guard bytes.count <= ONNXFile.mostBytes else {
            throw .notTaken(path: path, reason: "it is larger than 1 GiB")
        }
        let read: (forest: Forest, featureNames: [String]?)
        do throws(ModelError) { read = try ONNX.decode(bytes, features: wanted.count) } catch {
            var reason = "\(error)"
            if case .otherCount = error { reason += "; \(list)" }
            throw .notTaken(path: path, reason: reason)
        }
        if let names = read.featureNames, names != wanted {
            throw .notTaken(
                path: path,
                reason:
                    "it is a forest of the features \(names.joined(separator: ", ")); \(list): give the preset that it was taught by, with its columns in that order"
            )
        }
        return ImportedForest(
            forest: read.forest, source: Card.Imported(file: path, namesFeatures: read.featureNames != nil))
    }
}

/// A forest that was grown elsewhere, and where it comes from.
struct ImportedForest: Sendable {
    let forest: Forest
    let source: Card.Imported
}
