package import CryptoCore
internal import System

/// A version of a model as it is served: read whole, its golden rows computed anew, shared by threads.
package final class ServedModel: Sendable {
    package let model: Model
    /// What its rows are made of; nil for a model of rows that this program does not make.
    package let preset: Preset?
    /// What its folder is called, which is the name that clients use.
    package let name: String
    package let version: Int
    /// The first 16 hexadecimal digits of the SHA-256 of its file: `model_hash` of `prediction/1`.
    package let fileHash: String

    /// - Precondition: the model has a name for each feature.
    package init(_ model: Model, name: String, version: Int, fileHash: String) {
        self.model = model
        preset = Preset(rawValue: model.preset)
        self.name = name
        self.version = version
        self.fileHash = fileHash
    }

    /// Reads a version.
    /// - Throws: it cannot be read, is no model, has no golden rows or says something else of them than when it was written, or does
    ///   not fit its own features.
    package convenience init(_ folder: ModelFolder, version: Int) throws(ModelFolderError) {
        let (model, hash) = try folder.read(version)
        if let (reason, mend) = ServedModel.problem(of: model) {
            throw ModelFolderError(folder.path(of: ModelFolder.modelFile, version: version), reason, mend: mend)
        }
        self.init(model, name: folder.name, version: version, fileHash: hash)
    }

    /// Why a model must not be asked, and how to mend it; nil where nothing is wrong. Whoever makes rows goes by the preset alone.
    private static func problem(of model: Model) -> (reason: String, mend: String)? {
        let names = model.featureNames
        if Set(names).count != names.count {
            return (
                "two of its features have the same name",
                "requests name features: give each a name of its own and write the model anew"
            )
        }
        if let preset = Preset(rawValue: model.preset), names != preset.features.map(\.name) {
            return (
                "its features are not those of \(preset): \(names.joined(separator: ", "))",
                "train it anew with this version of the trainer"
            )
        }
        if !(model.spreads.isEmpty || model.spreads.count == names.count) {
            return ("it tells of the spread of other features", "train it anew with this version of the trainer")
        }
        if model.golden.isEmpty {
            return (
                "it has no golden rows, by which it is seen to say the same here as where it was written",
                "train or import it anew with this version of the trainer"
            )
        }
        return nil
    }
}

extension ModelFolder {
    /// A model file that is larger is refused. *Units*: bytes.
    private static var mostBytes: Int { 1 << 30 }

    /// The model of a version, read: the file computes the rows that it carries anew.
    /// - Throws: `ModelFolderError` where it cannot be read, is damaged, or says something else than when it was written.
    package func load(_ version: Int) throws(ModelFolderError) -> Model { try read(version).model }

    /// The same, and the first 16 hexadecimal digits of the file's SHA-256.
    ///
    /// The file is read, not mapped: one that somebody writes over meanwhile is a damaged model, and no signal.
    func read(_ version: Int) throws(ModelFolderError) -> (model: Model, hash: String) {
        let file = path(of: ModelFolder.modelFile, version: version)
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try FileDescriptor(opening: file).contents(upTo: ModelFolder.mostBytes + 1)
        } catch { throw unreadable(file, error) }
        do throws(ModelError) {
            guard bytes.count <= ModelFolder.mostBytes else { throw .tooLarge("it is larger than 1 GiB") }
            let model = try ModelFile.decode(bytes.span.bytes)
            return (model, String(bytes.withUnsafeBytes { SHA256.text($0) }.prefix(16)))
        } catch {
            throw ModelFolderError(file, "\(error)", mend: otherVersion)
        }
    }
}
