internal import CryptoCore
internal import Glibc
internal import ServiceRuntime
internal import System

/// The file of `--export`, which is there when all of it is, or not at all.
///
/// *open* → *written*: it lies beside its place, and goes with its owner → *published*: it has its name and stays. *Thread*: one at a time;
/// blocks.
final class ExportFile {
    private enum State { case open, written, published }

    private let export: Export
    private let fresh: String
    private let file: FileDescriptor
    private var state = State.open

    /// Opens it, so that a place where no file can be is known before there is anything to write.
    /// - Throws: `ModelFolderError`: where, and what the system says.
    init(_ export: Export) throws(ModelFolderError) {
        let fresh = "\(export.path).new-\(getpid())"
        self.export = export
        self.fresh = fresh
        file = try ExportFile.check(export) { () throws(SystemError) in
            // A folder of that name would be in the way only at the end.
            if Directory.isThere(export.path) { throw SystemError(operation: "open", code: EISDIR) }
            return try FileDescriptor(opening: fresh, O_WRONLY | O_CREAT | O_TRUNC)
        }
    }

    deinit { if state != .published { Directory.remove(fresh) } }

    /// Writes and publishes the rows, if these are what is exported.
    /// - Throws: `ModelFolderError`.
    func publish(_ rows: RowTable) throws(ModelFolderError) {
        guard case .rows = export else { return }
        try write { file throws(SystemError) in
            try RowExport(rows: rows).forEachPiece { piece throws(SystemError) in try file.write(piece) }
        }
        try publish()
    }

    /// Writes the model's forest, if that is what is exported; `publish` is to follow.
    /// - Throws: `ModelFolderError`.
    func write(_ model: Model) throws(ModelFolderError) {
        guard case .onnx = export else { return }
        let bytes = ONNX.encode(model)
        try write { file throws(SystemError) in try file.write(bytes) }
    }

    private func write(_ content: (borrowing FileDescriptor) throws(SystemError) -> Void) throws(ModelFolderError) {
        try ExportFile.check(export) { () throws(SystemError) in
            try content(file)
            try file.sync()
        }
        state = .written
    }

    /// Gives what was written its name.
    /// - Throws: `ModelFolderError`.
    func publish() throws(ModelFolderError) {
        guard state == .written else { return }
        let path = export.path
        try ExportFile.check(export) { () throws(SystemError) in
            try Directory.rename(fresh, to: path)
            state = .published
            let slash = path.lastIndex(of: "/")
            try Directory.sync(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
        }
    }

    private static func check<Result: ~Copyable>(
        _ export: Export, _ call: () throws(SystemError) -> Result
    ) throws(ModelFolderError) -> Result {
        do throws(SystemError) { return try call() } catch {
            throw ModelFolderError(
                export.path, error.description,
                mend: "mend that, or name another file by --export: nothing of it was written")
        }
    }
}
