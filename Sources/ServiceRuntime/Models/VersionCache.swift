internal import Glibc
internal import Synchronization
internal import System

/// Versions of models that somebody asked for by number and that are not served: those asked for last are kept.
///
/// What is kept is as good as the file: one that is gone, or was written anew, is not answered from memory.
struct VersionCache: Sendable {
    /// Of model files; a larger one is read each time. *Units*: bytes.
    private let mostBytes: Int
    private struct Kept {
        let model: ServedModel
        let stamp: FileStamp
    }
    /// The one asked for last comes last.
    private var kept: [Kept] = []

    init(mostBytes: Int = 64 << 20) { self.mostBytes = mostBytes }

    /// How many are kept.
    var count: Int { kept.count }

    /// The version, where it was read already and its file has not changed.
    mutating func find(_ name: String, _ version: Int, _ stamp: FileStamp?) -> ServedModel? {
        guard let index = index(name, version) else { return nil }
        let found = kept.remove(at: index)
        guard found.stamp == stamp else { return nil }
        kept.append(found)
        return found.model
    }

    /// Keeps a version, in the place of those that nobody asked for since longest.
    mutating func keep(_ model: ServedModel, _ stamp: FileStamp) {
        if let index = index(model.name, model.version) { kept.remove(at: index) }
        kept.append(Kept(model: model, stamp: stamp))
        var bytes = kept.reduce(0) { $0 + $1.stamp.count }
        while bytes > mostBytes { bytes -= kept.removeFirst().stamp.count }
    }

    private func index(_ name: String, _ version: Int) -> Int? {
        kept.firstIndex { $0.model.name == name && $0.model.version == version }
    }
}

extension ServedModels {
    /// A version of a model, served or not; nil where it is not there.
    ///
    /// *Complexity*: a look at the file, and the time to read it where it is not among those asked for last. Blocks.
    /// - Throws: it is there and cannot be served, and why.
    package func version(_ wanted: VersionName) throws(ModelFolderError) -> ServedModel? {
        let now = snapshot
        let known = (now.models + now.shadows).first { $0.name == wanted.name && $0.version == wanted.version }
        if let known { return known }
        let folder = ModelFolder(models: choice.folder, name: wanted.name)
        let file = folder.path(of: ModelFolder.modelFile, version: wanted.version)
        let stamp: FileStamp
        do throws(SystemError) { stamp = try FileStamp(path: file) } catch {
            asked.withLock { _ = $0.find(wanted.name, wanted.version, nil) }
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw folder.unreadable(file, error)
        }
        if let kept = asked.withLock({ $0.find(wanted.name, wanted.version, stamp) }) { return kept }
        let model = try ServedModel(folder, version: wanted.version)
        // Written over while it was read, it has another stamp, and is read again.
        asked.withLock { $0.keep(model, stamp) }
        return model
    }

    /// The versions of a model that are there and may be asked for, smallest first. Blocks.
    package func versions(of name: String) throws(ModelFolderError) -> [Int] {
        let folder = ModelFolder(models: choice.folder, name: name)
        // Of old challengers only the cards are kept.
        return try folder.versions().filter { folder.has(ModelFolder.modelFile, version: $0) }
    }
}
