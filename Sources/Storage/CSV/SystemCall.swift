internal import Glibc

/// The file calls of the CSV store; each maps `errno` to the store's error.
enum SystemCall {
    /// Runs `call` again while it is interrupted.
    /// - Throws: `.fatal` for rights and names that only a person can mend, else `.away` (full disk, no descriptors,
    ///   I/O).
    @discardableResult
    static func check(
        _ operation: StaticString, _ path: String, _ call: () -> Int
    ) throws(StoreError) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code == EINTR { continue }
            let fault = StoreFault(
                operation.description, code: Int(code), "\(path): \(String(cString: strerror(code)))")
            switch code {
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
        let code = errno
        if code == EEXIST, isFolder(path) { return }
        let fault = StoreFault("mkdir", code: Int(code), "\(path): \(String(cString: strerror(code)))")
        if code == EEXIST, let target = target(ofLink: path), access(path, F_OK) != 0 {
            throw .fatal(
                fault,
                mend:
                    "it is a link to \(target), which is not there: mount that disk, or name another folder after csv:")
        }
        if code == EEXIST { throw .fatal(fault, mend: "it is no folder: name another one after csv:") }
        try check("mkdir", path) { Int(mkdir(path, 0o777)) }
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
        try check("stat", path) { Int(stat(path, &status)) }
        return Int64(status.st_size)
    }

    /// Whether a folder has an entry whose name ends so.
    static func hasEntry(_ path: String, suffix: String) throws(StoreError) -> Bool {
        guard let folder = opendir(path) else {
            try check("opendir", path) { -1 }
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

    /// Makes a folder's entries durable.
    static func syncFolder(_ path: String) throws(StoreError) {
        let folder = try File(path, O_RDONLY | O_DIRECTORY)
        try folder.sync()
    }
}

/// An open file.
struct File: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init(_ path: String, _ flags: Int32) throws(StoreError) {
        self.path = path
        descriptor = Int32(try SystemCall.check("open", path) { Int(open(path, flags | O_CLOEXEC, 0o666)) })
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let from = done
            done += try bytes.withUnsafeBufferPointer { all throws(StoreError) in
                let rest = UnsafeBufferPointer(rebasing: all[from...])
                return try SystemCall.check("write", path) { Glibc.write(descriptor, rest.baseAddress, rest.count) }
            }
        }
    }

    func length() throws(StoreError) -> Int64 {
        var status = stat()
        try SystemCall.check("fstat", path) { Int(fstat(descriptor, &status)) }
        return Int64(status.st_size)
    }

    /// Which file it is, wherever its path leads now.
    var mark: FileMark? { FileMark(descriptor: descriptor) }

    func sync() throws(StoreError) { try SystemCall.check("fsync", path) { Int(fsync(descriptor)) } }

    func truncate(to length: Int64) throws(StoreError) {
        try SystemCall.check("ftruncate", path) { Int(ftruncate(descriptor, Int(length))) }
    }

    /// Everything in the file.
    func contents() throws(StoreError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try chunk.withUnsafeMutableBufferPointer { raw throws(StoreError) in
                try SystemCall.check("read", path) { read(descriptor, raw.baseAddress, raw.count) }
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Takes the file for this process, or throws `.away` while another one has it.
    func lock() throws(StoreError) {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        throw .away(StoreFault("flock", code: Int(errno), "\(path): another sink writes into this folder"))
    }
}
