internal import CryptoCore
internal import System

/// A file of comma-separated values, read row by row from a piece of it that lies in memory: a pipe will do, and a large file takes no more
/// memory than a small one.
struct CSVFile: ~Copyable {
    /// How much is read at once.
    private static let pieceBytes = 1 << 20
    /// No row is longer.
    private static let longestRow = 1 << 24

    let path: String
    let stop: StopFlag
    /// What the first line calls the columns.
    private(set) var names: [String] = []
    /// The piece of the file in which the cells of the row that was read last lie.
    private(set) var bytes: [UInt8] = []
    /// Behind the first line: whoever reads on takes a copy.
    private(set) var reader = CSVReader()
    private let file: FileDescriptor
    private var isAtEnd = false

    private init(_ path: String, _ stop: StopFlag, _ file: consuming FileDescriptor) {
        self.path = path
        self.stop = stop
        self.file = file
    }

    /// Opens a file and reads its first line.
    /// - Throws: `.unreadable`; `.malformed` where there is no such line.
    static func open(_ path: String, _ stop: StopFlag) throws(InputError) -> CSVFile {
        var file = CSVFile(path, stop, try descriptor(path))
        var reader = CSVReader()
        guard try file.next(&reader) else {
            throw .malformed(path: path, line: 0, wanted: "it is empty: the first line names the columns")
        }
        let text = file.bytes
        file.names = reader.cells.map { $0.string(in: text.span.bytes) }
        file.reader = reader
        return file
    }

    private static func descriptor(_ path: String) throws(InputError) -> FileDescriptor {
        do throws(SystemError) { return try FileDescriptor(opening: path) } catch {
            throw .unreadable(path: path, reason: error.reason)
        }
    }

    func malformed(_ line: Int, _ wanted: String) -> InputError {
        .malformed(path: path, line: line, wanted: wanted)
    }

    /// Reads the next row; false behind the last one.
    /// - Parameter mayBeCut: whether a last line that ends within quotes is left out: somebody may be writing it.
    mutating func next(_ reader: inout CSVReader, mayBeCut: Bool = false) throws(InputError) -> Bool {
        while true {
            var problem: CSVError?, isThere = false
            do throws(CSVError) { isThere = try reader.next(bytes.span.bytes) } catch { problem = error }
            // What reaches to the end of the piece may go on behind it.
            let isOpen = !isThere || reader.isCut || problem != nil && reader.at >= bytes.count
            if isOpen, !isAtEnd {
                try readOn(&reader)
                continue
            }
            guard let problem else { return isThere }
            if mayBeCut, reader.isCut { return false }
            throw malformed(0, problem.description)
        }
    }

    /// Puts more of the file behind the row that is not complete.
    private mutating func readOn(_ reader: inout CSVReader) throws(InputError) {
        bytes.removeFirst(reader.start)
        reader.readAgain()
        guard bytes.count < CSVFile.longestRow else {
            throw malformed(reader.line, "the row is longer than 16 MiB: this is no file of comma-separated values")
        }
        let before = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: max(CSVFile.pieceBytes, before)))
        var failure: SystemError?
        let count = bytes.withUnsafeMutableBytes { buffer in
            do throws(SystemError) {
                return try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[before...]))
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw .unreadable(path: path, reason: failure.reason) }
        bytes.removeLast(bytes.count - before - count)
        isAtEnd = count == 0
    }
}
