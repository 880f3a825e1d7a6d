internal import CryptoCore
internal import Glibc
internal import System

/// A file of comma-separated values, or a folder that the sink's CSV store fills.
///
/// A header names the columns, in any order; others are passed over. With a column `target` they are rows, else ticks. *Thread*: one; blocks.
struct CSVInput {
    let path: String
    var stop = StopFlag()
    /// How much of a file is read at once.
    var pieceBytes = 1 << 20

    /// What was read.
    enum Content {
        /// Ticks, which the log has now.
        case ticks
        /// Rows that somebody made, without times.
        case rows(RowTable)
    }

    /// - Throws: `.unreadable`, `.malformed`, `.stopped`.
    func read(_ preset: Preset, into log: inout TickLog) throws(InputError) -> Content {
        let files = try files()
        for path in files {
            if stop.isRequested { throw .stopped }
            var file = try CSVFile.open(path, stop, pieceBytes: pieceBytes)
            if files.count == 1, file.names.contains("target") {
                guard preset == .direction else {
                    throw file.malformed(
                        1, "rows with a target are those of the preset direction; \(preset) takes ticks")
                }
                return .rows(try file.readRows())
            }
            try file.readTicks(into: &log)
        }
        return .ticks
    }

    /// The files: the one that is named, or those of ticks in the folder, oldest first.
    private func files() throws(InputError) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .unreadable(
                path: path, reason: "\(SystemError.last("stat").reason); name a file or folder that is there")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        let names: [String]
        do throws(SystemError) { names = try Directory.entries(path) } catch {
            throw .unreadable(path: path, reason: error.reason)
        }
        let files = names.filter { $0.hasPrefix("ticks-") && $0.hasSuffix(".csv") }.sorted()
        if files.isEmpty { throw .unreadable(path: path, reason: "the folder has no file ticks-DATE.csv of a sink") }
        return files.map { "\(path)/\($0)" }
    }
}
