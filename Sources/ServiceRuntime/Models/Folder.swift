internal import Glibc
internal import System

/// What a folder of models asks of the file system; what goes wrong says where, and how to mend it.
enum Folder {
    private static func check<Result>(
        _ path: String, _ call: () throws(SystemError) -> Result
    ) throws(ModelFolderError) -> Result {
        do throws(SystemError) { return try call() } catch { throw ModelFolderError(writing: path, error) }
    }

    /// Creates a folder and those above it, each durably; nothing where it is there.
    static func make(_ path: String) throws(ModelFolderError) {
        if Directory.isThere(path) { return }
        let slash = path.lastIndex(of: "/")
        let above = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try make(above)
        try check(path) { () throws(SystemError) in try Directory.make(path) }
        try sync(above)
    }

    /// The names in a folder; none where there is no folder.
    static func entries(_ path: String) throws(ModelFolderError) -> [String] {
        do throws(SystemError) { return try Directory.entries(path) } catch {
            if error.code == ENOENT { return [] }
            throw ModelFolderError(
                path, error.description, mend: "let this user read it, or name the folder of the models by --models")
        }
    }

    /// Writes a file and waits until the disk has it.
    static func write(_ bytes: [UInt8], to path: String) throws(ModelFolderError) {
        try check(path) { () throws(SystemError) in
            let file = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC)
            try file.write(bytes)
            try file.sync()
        }
    }

    static func rename(_ path: String, to target: String) throws(ModelFolderError) {
        try check(target) { () throws(SystemError) in try Directory.rename(path, to: target) }
    }

    static func sync(_ path: String) throws(ModelFolderError) {
        try check(path) { () throws(SystemError) in try Directory.sync(path) }
    }

    /// Calls `body` while no other writer has the folder; waits for one that has.
    static func whileLocked<Result>(
        _ path: String, _ body: () throws(ModelFolderError) -> Result
    ) throws(ModelFolderError) -> Result {
        let folder = try lock(path)
        defer { _ = folder.number }  // closed, and so unlocked, behind the body
        return try body()
    }

    private static func lock(_ path: String) throws(ModelFolderError) -> FileDescriptor {
        do throws(SystemError) {
            let folder = try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
            let clock = SystemClock()
            while !(try folder.lock()) { clock.wait(ms: 20) }
            return folder
        } catch { throw ModelFolderError(writing: path, error) }
    }
}
