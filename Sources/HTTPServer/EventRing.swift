/// The newest events of a stream as they go over the wire, in a ring of bytes. Pure.
///
/// A place in it is the number of bytes that were ever written before it, so that a reader is one number, however many there are.
struct EventRing: Sendable {
    private var bytes: [UInt8]
    /// Where the kept events end, oldest first, from index `firstEnd` on.
    private var ends: [UInt64] = []
    private var firstEnd = 0
    /// The number of the oldest kept event; the first ever has 1.
    private(set) var firstNumber: UInt64 = 1
    /// Where the oldest kept event begins.
    private(set) var tail: UInt64 = 0
    /// Behind the newest event.
    private(set) var head: UInt64 = 0

    init(bytes count: Int) { bytes = [UInt8](repeating: 0, count: count) }

    /// The number that the next event will have.
    var nextNumber: UInt64 { firstNumber + UInt64(ends.count - firstEnd) }

    /// Appends an event, for which the oldest make room. *Complexity*: no allocation in the steady state.
    mutating func append(_ event: borrowing [UInt8]) {
        precondition(event.count <= bytes.count, "an event longer than the ring")
        while head + UInt64(event.count) - tail > UInt64(bytes.count) { dropOldest() }
        let start = Int(head % UInt64(bytes.count))
        let first = min(event.count, bytes.count - start)
        bytes.withUnsafeMutableBytes { bytes in
            event.withUnsafeBytes { event in
                bytes[start..<start + first].copyBytes(from: event[..<first])
                bytes[..<(event.count - first)].copyBytes(from: event[first...])
            }
        }
        head += UInt64(event.count)
        ends.append(head)
    }

    /// Copies what comes after a place, as much as there is and fits; nil when that is no longer kept.
    func copy(from place: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        guard place >= tail else { return nil }
        let count = min(buffer.count, Int(head - place))
        let start = Int(place % UInt64(bytes.count))
        let first = min(count, bytes.count - start)
        bytes.withUnsafeBytes { bytes in
            buffer[..<first].copyBytes(from: bytes[start..<start + first])
            buffer[first..<count].copyBytes(from: bytes[..<(count - first)])
        }
        return count
    }

    /// Where the event after this one begins; nil when it is no longer kept, or the number is none that was given out.
    func place(after number: UInt64) -> UInt64? {
        if number == firstNumber &- 1 { return tail }
        guard number >= firstNumber, number < nextNumber else { return nil }
        return ends[firstEnd + Int(number - firstNumber)]
    }

    private mutating func dropOldest() {
        tail = ends[firstEnd]
        firstEnd += 1
        firstNumber += 1
        // Moving what is left once per as many events as are left costs each of them one step.
        if firstEnd > 64, firstEnd * 2 > ends.count {
            ends.removeFirst(firstEnd)
            firstEnd = 0
        }
    }
}
