internal import Synchronization

/// What all buffers of a process may use of the disk, and where. *Thread*: any.
package final class DiskQuota: Sendable {
    /// *Units*: bytes; 0: nothing goes to the disk.
    package let bytes: Int64
    /// The files are made here and unlinked at once: they end with their process.
    package let folder: String
    /// A file is given back whole, once it was read to its end. *Units*: bytes.
    let fileBytes: Int64
    private let used = Mutex<Int64>(0)

    package init(bytes: Int64, folder: String) {
        self.bytes = max(0, bytes)
        self.folder = folder
        // Some 64 files at most, and a small quota is not held by a file that is almost read.
        fileBytes = max(bytes / 64, min(16 << 20, bytes / 16))
    }

    /// Bytes of all buffers on the disk.
    package var usedBytes: Int64 { used.withLock { $0 } }

    /// Takes so many bytes of what is left, or none.
    func reserve(_ count: Int) -> Bool {
        used.withLock { used in
            guard Int64(count) <= bytes - used else { return false }
            used += Int64(count)
            return true
        }
    }

    func giveBack(_ count: Int64) {
        used.withLock { used in
            used -= count
            precondition(used >= 0, "more was given back to the disk quota than taken")
        }
    }
}
