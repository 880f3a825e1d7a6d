internal import Glibc

/// Text under construction, in bytes: fast enough for a million trades a second.
public struct TextBytes: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() { bytes.reserveCapacity(1 << 12) }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    @inline(__always)
    mutating func put(_ number: Int64) { put(number, digits: 1) }

    /// With leading zeros up to so many digits.
    @inline(__always)
    mutating func put(_ number: Int64, digits: Int) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var count = 1
        var power: UInt64 = 10
        while rest >= power, count < 19 {
            count += 1
            power &*= 10
        }
        let start = bytes.count
        let total = max(count, digits)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: total))
        var at = start + total
        while rest > 0 {
            at -= 1
            bytes[at] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    /// `units` divided by ten to the power of `places`.
    mutating func putDecimal(_ units: Int64, places: Int, isTrimmed: Bool = false) {
        var (units, places) = (units, places)
        while isTrimmed, places > 0, units % 10 == 0 {
            units /= 10
            places -= 1
        }
        let scale = (0..<places).reduce(Int64(1)) { power, _ in power * 10 }
        put(units / scale)
        guard places > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        put(units % scale, digits: places)
    }

    /// `2026-08-09T21:05:48.167634Z`.
    mutating func putTime(us: Int64, extraDigits: Int64? = nil) {
        var seconds = Int(us / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        put(Int64(parts.tm_year) + 1900, digits: 4)
        put("-")
        put(Int64(parts.tm_mon) + 1, digits: 2)
        put("-")
        put(Int64(parts.tm_mday), digits: 2)
        put("T")
        put(Int64(parts.tm_hour), digits: 2)
        put(":")
        put(Int64(parts.tm_min), digits: 2)
        put(":")
        put(Int64(parts.tm_sec), digits: 2)
        put(".")
        put(us % 1_000_000, digits: 6)
        if let extraDigits { put(extraDigits, digits: 3) }
        put("Z")
    }
}

/// WebSocket frames one behind the other, as they will be sent; each can still be taken out, doubled or broken.
public struct FrameBuffer: Sendable {
    /// A whole frame, header included.
    public struct Frame: Sendable {
        var range: Range<Int>
        /// Whether trades are in it.
        public var isData: Bool
    }

    private(set) var bytes: [UInt8] = []
    public private(set) var frames: [Frame] = []
    private var scratch = TextBytes()

    public init() { bytes.reserveCapacity(1 << 16) }

    public var isEmpty: Bool { frames.isEmpty }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
    }

    /// Appends a text frame.
    public mutating func add(isData: Bool = false, _ body: (inout TextBytes) -> Void) {
        scratch.removeAll()
        body(&scratch)
        let start = bytes.count
        let count = scratch.bytes.count
        bytes.append(0x81)
        switch count {
        case ..<126: bytes.append(UInt8(count))
        case ..<65536:
            bytes.append(126)
            bytes.append(UInt8(count >> 8))
            bytes.append(UInt8(count & 0xff))
        default:
            bytes.append(127)
            for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: count >> (56 - 8 * index))) }
        }
        bytes.append(contentsOf: scratch.bytes)
        frames.append(Frame(range: start..<bytes.count, isData: isData))
    }

    public mutating func add(text: String) { add { $0.put(text) } }

    /// Appends any frame.
    mutating func add(_ opcode: LoopbackFrame.Opcode, _ payload: [UInt8]) {
        let start = bytes.count
        bytes += LoopbackWebSocket.frame(opcode, payload)
        frames.append(Frame(range: start..<bytes.count, isData: false))
    }

    /// A frame's bytes.
    func whole(_ index: Int) -> ArraySlice<UInt8> { bytes[frames[index].range] }

    /// A text frame's text.
    public func text(_ index: Int) -> String {
        let frame = whole(index)
        guard frame.count >= 2 else { return "" }
        let head = [126: 4, 127: 10][frame[frame.startIndex + 1] & 0x7f] ?? 2
        return String(decoding: frame.dropFirst(head), as: UTF8.self)
    }

    /// Every text in it.
    public var texts: [String] { frames.indices.filter { whole($0).first == 0x81 }.map { text($0) } }

    /// The same frames with each taken as often as `copies` says.
    mutating func rebuild(_ copies: (Int) -> Int) {
        let old = self
        removeAll()
        for index in old.frames.indices {
            for _ in 0..<copies(index) {
                let start = bytes.count
                bytes += old.whole(index)
                frames.append(Frame(range: start..<bytes.count, isData: old.frames[index].isData))
            }
        }
    }
}
