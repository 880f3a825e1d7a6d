internal import CryptoCore
internal import ServiceKit
internal import System

/// A file of comma-separated values, read row by row from a piece of it that lies in memory: a pipe will do, and a large file takes no more
/// memory than a small one.
struct CSVFile: ~Copyable {
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
    /// How much is read at once.
    private let pieceBytes: Int
    /// No row is longer.
    private var longestRow: Int { pieceBytes * 16 }

    private init(_ path: String, _ stop: StopFlag, _ pieceBytes: Int, _ file: consuming FileDescriptor) {
        self.path = path
        self.stop = stop
        self.pieceBytes = pieceBytes
        self.file = file
    }

    /// Opens a file and reads its first line.
    /// - Throws: `.unreadable`; `.malformed` where there is no such line.
    static func open(_ path: String, _ stop: StopFlag, pieceBytes: Int) throws(InputError) -> CSVFile {
        var file = CSVFile(path, stop, pieceBytes, try descriptor(path))
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
        let open = bytes[reader.start...]
        reader.readAgain()
        guard open.count < longestRow else {
            let most = ByteSizes.text(bytes: Int64(longestRow))
            throw malformed(
                reader.line, "the row is longer than \(most): this is no file of comma-separated values")
        }
        var failure: SystemError?
        bytes = [UInt8](unsafeUninitializedCapacity: open.count + max(pieceBytes, open.count)) { buffer, count in
            count = buffer.initialize(fromContentsOf: open)
            do throws(SystemError) {
                count += try file.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
            } catch { failure = error }
        }
        if let failure { throw .unreadable(path: path, reason: failure.reason) }
        isAtEnd = bytes.count == open.count
    }
}
