internal import CryptoCore

/// Encoded ticks in order: in memory up to a limit, then in unlinked files, as far as the process' quota goes.
///
/// The oldest ticks lie in `front` (memory), behind them what is on the disk, the newest in `tail` (memory), which goes to
/// the disk a block at a time. What was on the disk comes back as it was; in place of a block that cannot be read come the gaps
/// that its ticks leave, one for each series.
/// *Complexity*: memory for what is on the disk is 24 bytes for each block and series.
/// *Thread*: one. An empty buffer holds no memory and no file.
package final class DiskBuffer {
    private struct StoredBlock {
        /// Nil once it was read: the last block of a file lets go of it, and the quota has its bytes back.
        var file: BufferFile?
        let offset: Int64
        let length: Int
        let ticks: Int
        let checksum: UInt64
        let extents: [BufferExtent]
    }

    /// After the disk has refused, it is asked again after so many ticks.
    private static let retryTicks = 1024

    private let quota: DiskQuota
    private let memoryBytes: Int
    private let blockBytes: Int
    private var front: [BufferBlock] = []
    private var frontBytes = 0
    private var stored: [StoredBlock] = []
    private var storedFrom = 0
    private var storedBytes: Int64 = 0
    /// The series of what is on the disk, or was.
    private var names: [SeriesID: Series] = [:]
    private var tail = BufferBlock()
    /// The file that blocks are added to.
    private var file: BufferFile?
    private var ticksUntilRetry = 0

    /// Ticks in the buffer.
    package private(set) var count = 0
    /// Ticks that could not be read back from the disk.
    package private(set) var unreadable = 0
    /// Why the last tick was refused, or what was unreadable; nil after a block went to the disk well.
    package private(set) var problem: String?

    /// - Parameter memoryBytes: what may lie in memory, before and behind what is on the disk together.
    package convenience init(_ quota: DiskQuota, memoryBytes: Int = 1 << 20) {
        self.init(quota, memoryBytes: memoryBytes, blockBytes: min(max(memoryBytes / 4, 256), 1 << 18))
    }

    init(_ quota: DiskQuota, memoryBytes: Int, blockBytes: Int) {
        self.quota = quota
        self.memoryBytes = memoryBytes
        self.blockBytes = blockBytes
    }

    package var isEmpty: Bool { count == 0 }
    package var isOnDisk: Bool { storedFrom < stored.count }
    /// What the ticks take, in memory and on the disk.
    package var sizeBytes: Int64 { Int64(frontBytes + tail.sizeBytes) + storedBytes }

    /// Adds a tick; its JSON is copied.
    /// - Returns: false when the quota is used up or the disk refuses: `problem` says what, the tick is not in the buffer.
    package func append(_ entry: TickBatch.Entry, _ json: RawSpan) -> Bool {
        let needed = BufferBlock.headBytes + json.byteCount
        if tail.count > 0, tail.bytes.count + needed > blockBytes, !put(tail) { return false }
        if tail.count == 0, needed > blockBytes {
            // A block of its own, for which memory or disk must be found at once.
            var block = BufferBlock()
            block.append(entry, json)
            guard put(block) else { return false }
        } else {
            tail.append(entry, json)
        }
        count += 1
        return true
    }

    /// Moves the oldest ticks to the end of `batch` (series, kind and event time kept): at most `limit`, and no more than
    /// `bytes` of JSON unless the first alone has more.
    /// - Returns: how many; 0 only when there are none.
    package func take(limit: Int, bytes: Int, into batch: inout TickBatch) -> Int {
        var taken = 0
        let before = batch.usedBytes
        while taken < limit, taken == 0 || batch.usedBytes - before < bytes {
            let left = bytes - (batch.usedBytes - before)
            let copied = peek(limit: limit - taken, bytes: left, evenTooLong: taken == 0, into: &batch)
            if copied == 0 { break }
            removeFirst(copied)
            taken += copied
        }
        return taken
    }

    /// Copies some of the oldest ticks like `take` and leaves them where they are; it may give fewer than it could.
    package func peek(limit: Int, bytes: Int, into batch: inout TickBatch) -> Int {
        peek(limit: limit, bytes: bytes, evenTooLong: true, into: &batch)
    }

    /// Drops the oldest ticks, which `peek` has given.
    package func removeFirst(_ ticks: Int) {
        precondition(ticks <= front.first?.count ?? 0, "more ticks are dropped than were looked at")
        guard ticks > 0 else { return }
        frontBytes -= front[0].sizeBytes
        front[0].removeFirst(ticks)
        frontBytes += front[0].sizeBytes
        count -= ticks
        if front[0].count == 0 { front.removeFirst() }
        if count == 0 { removeAll() }
    }

    /// Forgets all ticks and gives memory and disk back.
    package func removeAll() {
        front = []
        stored = []
        names = [:]
        tail = BufferBlock()
        file = nil
        (count, frontBytes, storedFrom, storedBytes, ticksUntilRetry) = (0, 0, 0, 0, 0)
    }

    // MARK: Blocks

    private func peek(limit: Int, bytes: Int, evenTooLong: Bool, into batch: inout TickBatch) -> Int {
        while front.isEmpty, count > 0 { advance() }
        return front.first?.copy(limit: limit, bytes: bytes, evenTooLong: evenTooLong, into: &batch) ?? 0
    }

    /// Puts the newest block to the others: to memory while nothing is on the disk, then to the disk. `tail` is empty after
    /// that.
    private func put(_ block: BufferBlock) -> Bool {
        if !isOnDisk, frontBytes + block.sizeBytes + blockBytes <= memoryBytes {
            front.append(block)
            frontBytes += block.sizeBytes
        } else if !store(block) {
            return false
        }
        tail = BufferBlock()
        return true
    }

    private func store(_ block: BufferBlock) -> Bool {
        if ticksUntilRetry > 0 {
            ticksUntilRetry -= 1
            return false
        }
        let size = block.bytes.count
        guard quota.reserve(size) else {
            problem =
                quota.bytes == 0
                ? "the buffer of \(memoryBytes) bytes in memory is full, and there is none on the disk"
                : "the buffer of \(quota.bytes) bytes on the disk is full"
            return false
        }
        do throws(BufferFailure) {
            let file = try fileForNext(size)
            let offset = try file.append(reserved: block.bytes)
            stored.append(
                StoredBlock(
                    file: file, offset: offset, length: size, ticks: block.count, checksum: block.checksum,
                    extents: BufferExtent.of(block, &names)))
            storedBytes += Int64(size)
            problem = nil
            return true
        } catch {
            problem = "the disk takes no more ticks: \(error)"
            ticksUntilRetry = DiskBuffer.retryTicks
            return false
        }
    }

    /// The file for the next `size` bytes, which are reserved; they are given back when there can be none.
    private func fileForNext(_ size: Int) throws(BufferFailure) -> BufferFile {
        if let file, file.usedBytes + Int64(size) <= quota.fileBytes { return file }
        do throws(BufferFailure) {
            let made = try BufferFile(quota)
            file = made
            return made
        } catch {
            quota.giveBack(Int64(size))
            throw error
        }
    }

    /// Brings the next block to the front, which is empty.
    private func advance() {
        guard isOnDisk else {
            front = [tail]
            frontBytes = tail.sizeBytes
            tail = BufferBlock()
            return
        }
        let next = stored[storedFrom]
        stored[storedFrom].file = nil
        storedFrom += 1
        storedBytes -= Int64(next.length)
        let block = read(next) ?? lost(next)
        front = block.count > 0 ? [block] : []
        frontBytes = block.sizeBytes
        if !isOnDisk {
            stored.removeAll()
            storedFrom = 0
            file = nil
        } else if storedFrom > 64, storedFrom * 2 > stored.count {
            stored.removeSubrange(..<storedFrom)
            storedFrom = 0
        }
    }

    private func read(_ place: StoredBlock) -> BufferBlock? {
        do throws(BufferFailure) {
            guard let bytes = try place.file?.read(at: place.offset, count: place.length) else { return nil }
            let block = BufferBlock(bytes, count: place.ticks)
            if block.checksum == place.checksum { return block }
            problem = "\(quota.folder): \(place.ticks) ticks on the disk are damaged"
        } catch {
            problem = "\(place.ticks) ticks cannot be read back: \(error)"
        }
        return nil
    }

    /// What stands in place of a block that cannot be read back.
    private func lost(_ block: StoredBlock) -> BufferBlock {
        var gaps = BufferBlock()
        for extent in block.extents {
            guard let series = names[extent.series] else { continue }
            let tick = extent.gap(of: series)
            var json = JSONWriter(reservingBytes: 256)
            tick.encode(into: &json)
            let entry = TickBatch.Entry(
                series: extent.series, offset: 0, count: json.bytes.count, eventTime: tick.eventTime, kind: .gap)
            gaps.append(entry, json.bytes.span.bytes)
        }
        unreadable += block.ticks
        count += gaps.count - block.ticks
        return gaps
    }
}

@available(*, unavailable)
extension DiskBuffer: Sendable {}
