internal import Glibc
internal import System

/// The files of the CSV store, by their paths; what the system says becomes the store's error.
enum StoreFiles {
    /// - Throws: `.fatal` for rights and names that only a person can mend, else `.away` (full disk, no descriptors, I/O).
    @discardableResult
    static func check<Result: ~Copyable>(
        _ path: String, _ call: () throws(SystemError) -> Result
    ) throws(StoreError) -> Result {
        do { return try call() } catch {
            let fault = StoreFault(error.operation, code: Int(error.code), "\(path): \(error.reason)")
            switch error.code {
            case EACCES, EPERM, EROFS, ENOTDIR, EISDIR, ENOENT, ENAMETOOLONG, ELOOP:
                throw .fatal(fault, mend: "name a folder after csv: that this user may write")
            default: throw .away(fault)
            }
        }
    }

    /// Creates a folder and those above it.
    /// - Throws: `.fatal` where there can be none, below a link that leads to nothing for one.
    static func makeFolder(_ path: String) throws(StoreError) {
        if mkdir(path, 0o777) == 0 { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 { return }
        }
        let error = SystemError.last("mkdir")
        if error.code == EEXIST, isFolder(path) { return }
        let fault = StoreFault(error.operation, code: Int(error.code), "\(path): \(error.reason)")
        if error.code == EEXIST, let target = target(ofLink: path), access(path, F_OK) != 0 {
            throw .fatal(
                fault,
                mend:
                    "it is a link to \(target), which is not there: mount that disk, or name another folder after csv:")
        }
        if error.code == EEXIST { throw .fatal(fault, mend: "it is no folder: name another one after csv:") }
        try check(path) { () throws(SystemError) in try SystemError.check("mkdir") { mkdir(path, 0o777) } }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Where a symbolic link leads; nil where the path is none.
    private static func target(ofLink path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = readlink(path, buffer.baseAddress!, buffer.count)  // not nil: the capacity is not zero
            return count < 0 ? nil : String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self)
        }
    }

    /// The file's length; 0 where there is none.
    static func length(_ path: String) throws(StoreError) -> Int64 {
        var status = stat()
        if stat(path, &status) == 0 { return Int64(status.st_size) }
        if errno == ENOENT { return 0 }
        try check(path) { () throws(SystemError) in try SystemError.check("stat") { stat(path, &status) } }
        return Int64(status.st_size)
    }

    /// Whether a folder has an entry whose name ends so.
    static func hasEntry(_ path: String, suffix: String) throws(StoreError) -> Bool {
        guard let folder = opendir(path) else {
            let error = SystemError.last("opendir")
            try check(path) { () throws(SystemError) in throw error }
            return false
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(suffix) { return true }
        }
        return false
    }

    /// Puts a file in the place of another.
    static func rename(_ path: String, to target: String) throws(StoreError) {
        try check(target) { () throws(SystemError) in try SystemError.check("rename") { Glibc.rename(path, target) } }
    }

    /// Makes a folder's entries durable.
    static func syncFolder(_ path: String) throws(StoreError) {
        let folder = try StoreFile(path, O_RDONLY | O_DIRECTORY)
        try folder.sync()
    }
}

/// An open file of the CSV store: a descriptor that knows its path, for what is said when a call fails.
struct StoreFile: ~Copyable {
    private let descriptor: FileDescriptor
    private let path: String

    init(_ path: String, _ flags: Int32) throws(StoreError) {
        self.path = path
        descriptor = try StoreFiles.check(path) { () throws(SystemError) in try FileDescriptor(opening: path, flags) }
    }

    deinit { descriptor.unlock() }

    func write(_ bytes: [UInt8]) throws(StoreError) {
        try StoreFiles.check(path) { () throws(SystemError) in try descriptor.write(bytes) }
    }

    /// *Units*: bytes.
    func length() throws(StoreError) -> Int64 {
        try StoreFiles.check(path) { () throws(SystemError) in try descriptor.length() }
    }

    /// Which file it is, wherever its path leads now.
    var mark: FileMark? { FileMark(descriptor) }

    func sync() throws(StoreError) {
        try StoreFiles.check(path) { () throws(SystemError) in try descriptor.sync() }
    }

    func truncate(to length: Int64) throws(StoreError) {
        try StoreFiles.check(path) { () throws(SystemError) in try descriptor.truncate(to: length) }
    }

    /// Everything in the file.
    func contents() throws(StoreError) -> [UInt8] {
        try StoreFiles.check(path) { () throws(SystemError) in try descriptor.contents() }
    }

    /// Takes the file for this process, or throws `.away` while another one has it.
    func lock() throws(StoreError) {
        let isOurs = try StoreFiles.check(path) { () throws(SystemError) in try descriptor.lock() }
        if isOurs { return }
        throw .away(StoreFault("flock", code: Int(EWOULDBLOCK), "\(path): another sink writes into this folder"))
    }
}
