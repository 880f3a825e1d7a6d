internal import CZip
internal import Glibc

/// The one file in a zip archive, unpacked by libzip.
final class ZipReader {
    private let archive: OpaquePointer
    private var file: OpaquePointer?

    /// - Throws: `.damaged`: no table of contents, or one that leads nowhere; `.unsupported`: a pipe, several files or none,
    ///   encrypted, packed in a way that libzip does not know.
    init(_ path: String) throws(InputFileError.Problem) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unsupported("a zip archive is read from a file only: unpack it first")
        }
        var code: CInt = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            throw ZipReader.problem(&error)
        }
        self.archive = archive
        file = zip_fopen_index(archive, try ZipReader.indexOfFile(in: archive), 0)
        guard file != nil else { throw ZipReader.problem(zip_get_error(archive)) }
    }

    deinit {
        if let file { zip_fclose(file) }
        zip_discard(archive)
    }

    /// Folders have entries of their own, whose names end in a slash.
    private static func indexOfFile(in archive: OpaquePointer) throws(InputFileError.Problem) -> UInt64 {
        var found: UInt64?
        for index in 0..<UInt64(max(0, zip_get_num_entries(archive, 0))) {
            guard let name = zip_get_name(archive, index, ZIP_FL_ENC_RAW) else { continue }
            let length = strlen(name)
            if length > 0, name[length - 1] == CChar(UInt8(ascii: "/")) { continue }
            guard found == nil else { throw .unsupported("the archive holds several files: unpack it and name each") }
            found = index
        }
        guard let found else { throw .unsupported("the archive holds no file") }
        return found
    }

    /// Unpacks what comes next, at least a byte of it.
    /// - Returns: how many bytes; 0 at the end, where the checksum was right.
    /// - Throws: `.damaged`.
    func read(into room: UnsafeMutableRawBufferPointer) throws(InputFileError.Problem) -> Int {
        guard let file, let start = room.baseAddress else { return 0 }
        let count = zip_fread(file, start, UInt64(room.count))
        guard count >= 0 else { throw ZipReader.problem(zip_file_get_error(file)) }
        return Int(count)
    }

    private static func problem(_ error: UnsafeMutablePointer<zip_error_t>) -> InputFileError.Problem {
        let reason = String(cString: zip_error_strerror(error))
        return switch zip_error_code_zip(error) {
        case ZIP_ER_COMPNOTSUPP, ZIP_ER_ENCRNOTSUPP, ZIP_ER_NOPASSWD: .unsupported("\(reason): unpack it first")
        default: .damaged(reason)
        }
    }
}
