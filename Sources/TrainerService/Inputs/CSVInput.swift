internal import CryptoCore
internal import Glibc
internal import System

/// A file of comma-separated values, or a folder that the sink's CSV store fills.
///
/// A header names the columns, in any order; others are passed over. With a column `target` they are rows, else ticks. *Thread*: one; blocks.
struct CSVInput {
    let path: String
    var stop = StopFlag()

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
            let file = CSVFile(path: path, bytes: try CSVInput.contents(path), stop: stop)
            if files.count == 1, try file.header().contains("target") {
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

    /// A file in one piece, and in one copy: a pipe has no length.
    private static func contents(_ path: String) throws(InputError) -> [UInt8] {
        do throws(SystemError) {
            let file = try FileDescriptor(opening: path)
            let length = Int(try file.length())
            if length == 0 { return try file.contents() }
            var failure: SystemError?
            let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
                do throws(SystemError) {
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return bytes
        } catch { throw .unreadable(path: path, reason: error.reason) }
    }
}

/// The bytes of a file, and how it is called in what is said of it.
struct CSVFile {
    let path: String
    let bytes: [UInt8]
    let stop: StopFlag

    func malformed(_ line: Int, _ wanted: String) -> InputError {
        .malformed(path: path, line: line, wanted: wanted)
    }

    /// Reads the next row; false behind the last one.
    /// - Parameter mayBeCut: whether a last line that ends within quotes is left out: somebody may be writing it.
    func next(_ reader: inout CSVReader, mayBeCut: Bool = false) throws(InputError) -> Bool {
        do throws(CSVError) { return try reader.next(bytes.span.bytes) } catch {
            if mayBeCut, reader.isCut { return false }
            throw .malformed(path: path, line: 0, wanted: error.description)
        }
    }

    /// The names in the first line.
    func header() throws(InputError) -> [String] {
        var reader = CSVReader()
        guard try next(&reader) else { throw malformed(0, "it is empty: the first line names the columns") }
        let span = bytes.span.bytes
        return reader.cells.map { $0.string(in: span) }
    }
}
