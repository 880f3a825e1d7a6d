internal import Synchronization

/// What all buffers of a process may use of the disk, and where. *Thread*: any.
package final class DiskQuota: Sendable {
    /// *Units*: bytes; 0: nothing goes to the disk.
    package let bytes: Int64
    /// The files are made here and unlinked at once: they end with their process.
    package let folder: String
    /// A file is given back whole, once it was read to its end. *Units*: bytes.
    let fileBytes: Int64
    private let used = Atomic<Int64>(0)

    package init(bytes: Int64, folder: String) {
        self.bytes = max(0, bytes)
        self.folder = folder
        // Some 64 files at most, and a small quota is not held by a file that is almost read.
        fileBytes = max(bytes / 64, min(16 << 20, bytes / 16))
    }

    /// Bytes of all buffers on the disk.
    package var usedBytes: Int64 { used.load(ordering: .relaxed) }

    /// Takes so many bytes of what is left, or none.
    func reserve(_ count: Int) -> Bool {
        var before = used.load(ordering: .relaxed)
        while true {
            let (after, overflow) = before.addingReportingOverflow(Int64(count))
            guard !overflow, after <= bytes else { return false }
            let (isExchanged, found) = used.weakCompareExchange(
                expected: before, desired: after, ordering: .relaxed)
            if isExchanged { return true }
            before = found
        }
    }

    func giveBack(_ count: Int64) {
        let (_, left) = used.wrappingSubtract(count, ordering: .relaxed)
        precondition(left >= 0, "more was given back to the disk quota than taken")
    }
}
