internal import Glibc

/// Which file a path leads to: device and inode.
package struct FileMark: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Nil where there is no such file, or it cannot be looked at.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil where the descriptor is none.
    package init?(_ descriptor: borrowing FileDescriptor) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// Which content a path leads to: the file, how long it is, and when it was changed last.
///
/// A file that was written over, replaced, renamed or given other rights since has another stamp.
package struct FileStamp: Equatable, Sendable {
    private let mark: FileMark
    /// *Units*: bytes.
    package let count: Int
    private let changedSeconds: Int
    private let changedNanoseconds: Int

    /// - Throws: `stat`, with `ENOENT` where there is no such file.
    package init(path: String) throws(SystemError) {
        var status = stat()
        try SystemError.check("stat") { stat(path, &status) }
        mark = FileMark(status)
        count = Int(status.st_size)
        changedSeconds = status.st_ctim.tv_sec
        changedNanoseconds = status.st_ctim.tv_nsec
    }
}
