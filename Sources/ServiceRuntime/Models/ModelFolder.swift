internal import Glibc
package import System

/// The versions of one model: `<models>/<name>/<version>/{model.bin,card.json,card.html}`; `<models>/<name>/current`, which names the
/// version that is served, and `<models>/<name>/previous`, which names the one that was served before it.
///
/// A version is written beside the others and gets its name when all of it is on the disk; then it never changes. What a killed
/// writer left is removed by the next one. Any number of processes may write: each gets a number of its own. What else lies in the
/// folder is left alone. *Thread*: any; blocks.
package struct ModelFolder: Sendable {
    /// The model's name.
    package let name: String
    /// `<models>/<name>`.
    package let path: String

    /// A file of a version.
    package struct File: Sendable {
        let name: String
        let bytes: [UInt8]

        package init(_ name: String, _ bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
    }

    package static let modelFile = "model.bin"
    package static let cardFile = "card.json"
    static let currentFile = "current"
    static let previousFile = "previous"
    static let newPrefix = ".new-"

    /// Looks at nothing yet.
    /// - Precondition: the name is one that `ModelName` lets pass.
    package init(models: String, name: String) {
        precondition(ModelName.problem(in: name) == nil, "no name of a model: \(name)")
        self.name = name
        path = "\(models)/\(name)"
    }

    /// The path of a file of a version.
    package func path(of file: String, version: Int) -> String { "\(path)/\(version)/\(file)" }

    /// Whether a version has that file.
    package func has(_ file: String, version: Int) -> Bool {
        (try? Folder.entries("\(path)/\(version)"))?.contains(file) == true
    }

    // MARK: Reading

    /// The versions that are there, smallest first; none where there is no folder.
    /// - Throws: what the system says of the folder.
    package func versions() throws(ModelFolderError) -> [Int] {
        try Folder.entries(path).compactMap(VersionName.number).filter { Directory.isThere("\(path)/\($0)") }.sorted()
    }

    /// The version that is served; nil where none is named.
    /// - Throws: `current` holds something else than a version that is there.
    package func current() throws(ModelFolderError) -> Int? { try version(in: ModelFolder.currentFile) }

    /// The version that was served before that one; nil where none was that is there.
    package var previous: Int? { try? version(in: ModelFolder.previousFile) }

    private func version(in name: String) throws(ModelFolderError) -> Int? {
        let file = "\(path)/\(name)"
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try FileDescriptor(opening: file).contents(upTo: 64) } catch {
            if error.code == ENOENT { return nil }
            throw unreadable(file, error)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard let version = VersionName.number(line) else {
            throw ModelFolderError(
                file, "it does not name a version", mend: "name one by trainer --use \(self.name):VERSION")
        }
        guard try versions().contains(version) else {
            throw ModelFolderError(
                file, "it names version \(version), which is not there",
                mend: "name one by trainer --use \(self.name):VERSION")
        }
        return version
    }

    /// Maps the model of a version.
    package func model(_ version: Int) throws(ModelFolderError) -> MappedFile {
        let file = path(of: ModelFolder.modelFile, version: version)
        do throws(SystemError) { return try MappedFile(file) } catch { throw unreadable(file, error) }
    }

    /// A file of the model that cannot be read, and what to do then.
    func unreadable(_ file: String, _ error: SystemError) -> ModelFolderError {
        let isForbidden = error.code == EACCES || error.code == EPERM
        return ModelFolderError(file, error.description, mend: isForbidden ? "let this user read it" : otherVersion)
    }

    /// What to do about a version that cannot be served.
    var otherVersion: String { "choose another version by trainer --use \(name):VERSION, or train one" }

    // MARK: Writing

    /// When `current` names a version that is added.
    package enum Serving: Sendable, Equatable {
        case always
        case never
        /// If `current` still names this version, or nil: still none that is there. Else somebody chose another one meanwhile.
        case inPlace(of: Int?)
    }

    /// A version that is about to be written.
    package struct Place: Sendable, Equatable {
        package let version: Int
        /// Whether `current` names it from now on.
        package let isServed: Bool
    }

    /// Writes the next version, with the files that `make` gives for it, and returns which it is. No other writer comes between.
    /// - Throws: what `make` or the system says; then nothing of the version is there.
    package func add(
        _ serving: Serving = .always, _ make: (Place) throws(ModelFolderError) -> [File]
    ) throws(ModelFolderError) -> Place {
        try Folder.make(path)
        // Numbers and `current` go up together.
        return try Folder.whileLocked(path) { () throws(ModelFolderError) in
            try removeRemains()
            let place = Place(version: try nextVersion(), isServed: isServed(serving))
            try write(try make(place), as: place.version)
            guard place.isServed else { return place }
            do throws(ModelFolderError) { try replace(current: place.version) } catch {
                Directory.remove("\(path)/\(place.version)")
                throw error
            }
            try Folder.sync(path)
            return place
        }
    }

    private func isServed(_ serving: Serving) -> Bool {
        switch serving {
        case .always: true
        case .never: false
        // A name that cannot be read names nothing.
        case .inPlace(let version): (try? current()) == version
        }
    }

    private func nextVersion() throws(ModelFolderError) -> Int {
        let last = try versions().last ?? 0
        guard last < VersionName.largest else {
            throw ModelFolderError("\(path)/\(last)", "no version can follow it", mend: "move it away")
        }
        return last + 1
    }

    /// Makes a version the one that is served.
    ///
    /// - Parameter check: throws where it cannot be served; no other writer comes between that and the change.
    /// - Returns: the version that was served before; nil where none was, or its name could not be read.
    /// - Throws: it is not there; what `check` or the system says.
    @discardableResult
    package func use(
        _ version: Int, check: (Int) throws(ModelFolderError) -> Void = { _ throws(ModelFolderError) in }
    ) throws(ModelFolderError) -> Int? {
        guard Directory.isThere(path) else { throw missing(version, [] as [Int]) }
        return try Folder.whileLocked(path) { () throws(ModelFolderError) in
            let known = try versions()
            guard known.contains(version) else { throw missing(version, known) }
            try check(version)
            let before = try? current()
            try replace(current: version)
            try Folder.sync(path)
            return before
        }
    }

    private func missing(_ version: Int, _ known: [Int]) -> ModelFolderError {
        let list = known.map(String.init).joined(separator: ", ")
        return ModelFolderError(
            path, "there is no version \(version) of \(name)",
            mend: known.isEmpty ? "there is none at all: name the folder by --models" : "there are \(list)")
    }

    private func write(_ files: [File], as version: Int) throws(ModelFolderError) {
        let fresh = "\(path)/\(ModelFolder.newPrefix)\(version)"
        do throws(ModelFolderError) {
            try Folder.make(fresh)
            for file in files { try Folder.write(file.bytes, to: "\(fresh)/\(file.name)") }
            try Folder.sync(fresh)
            try Folder.rename(fresh, to: "\(path)/\(version)")
        } catch {
            Directory.remove(fresh)
            throw error
        }
        try Folder.sync(path)
    }

    private func replace(current version: Int) throws(ModelFolderError) {
        if let before = try? current(), before != version { try replace(ModelFolder.previousFile, before) }
        try replace(ModelFolder.currentFile, version)
    }

    /// Writes a file that names a version, in one piece.
    private func replace(_ file: String, _ version: Int) throws(ModelFolderError) {
        let next = "\(path)/\(ModelFolder.newPrefix)\(file)"
        do throws(ModelFolderError) {
            try Folder.write(Array("\(version)\n".utf8), to: next)
            try Folder.rename(next, to: "\(path)/\(file)")
        } catch {
            Directory.remove(next)
            throw error
        }
    }

    /// Removes what writers left that did not come to their end; whoever holds the lock is the only one who writes.
    private func removeRemains() throws(ModelFolderError) {
        for entry in try Folder.entries(path) where entry.hasPrefix(ModelFolder.newPrefix) {
            Directory.remove("\(path)/\(entry)")
        }
    }
}

/// Why a model cannot be read or written, where, and how to mend it.
package struct ModelFolderError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String
    package let mend: String

    package init(_ path: String, _ reason: String, mend: String) {
        (self.path, self.reason, self.mend) = (path, reason, mend)
    }

    /// What the system says of something that was to be written.
    init(writing path: String, _ error: SystemError) {
        let mend =
            switch error.code {
            case ENOSPC, EDQUOT: "free some space: nothing was left half written"
            case EACCES, EPERM, EROFS: "name a folder by --models that this user may write"
            case ENOTDIR, EEXIST: "something else has that name: move it away, or name another folder by --models"
            case ENOENT: "something of it was removed meanwhile: mend that and train again"
            default: "nothing was left half written: mend that and train again"
            }
        self.init(path, error.description, mend: mend)
    }

    package var description: String { "\(path): \(reason); \(mend)" }
}
