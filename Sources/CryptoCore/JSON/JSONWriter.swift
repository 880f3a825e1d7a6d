/// Appends JSON to one reused buffer: no allocation once the buffer has grown.
///
/// Members are written with `field`; `beginObject` and `endObject` frame them. The writer does not check that its calls make
/// sense together: golden files do.
public struct JSONWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    @usableFromInline var needsComma = false

    public init(reservingBytes capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Forgets what was written, keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Starts another document behind what was written, without a separator.
    public mutating func beginDocument() { needsComma = false }

    // MARK: Structure

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// The name of the member whose value is written next.
    public mutating func key(_ name: StaticString) {
        put(name, valueBytes: 0) { _ in 0 }
        needsComma = false
    }

    /// The same for a name that is not known beforehand.
    public mutating func key(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Members

    public mutating func field(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    /// A text that stands escaped already, without its quotes.
    mutating func field(_ name: StaticString, escaped text: UnsafeRawBufferPointer) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text)
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    public mutating func field(_ name: StaticString, _ number: Double) {
        precondition(number.isFinite, "JSON has no number for \(number)")
        put(name, valueBytes: NumberText.maximumCount) { NumberText.put(number, at: $0) }
    }

    public mutating func field(_ name: StaticString, _ number: Int64) {
        put(name, valueBytes: NumberText.maximumCount) { NumberText.put(number, at: $0) }
    }

    /// An array of texts.
    public mutating func field(_ name: StaticString, _ texts: some Sequence<String>) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    public mutating func field(_ name: StaticString, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// Null when there is no number.
    public mutating func field(_ name: StaticString, orNull number: Double?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    /// Nothing at all when there is no number.
    public mutating func field(_ name: StaticString, ifKnown number: Double?) {
        if let number { field(name, number) }
    }

    // MARK: Values

    /// The text as a JSON string, quotes included.
    public static func quoted(_ text: String) -> String {
        var json = JSONWriter(reservingBytes: text.utf8.count + 2)
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    public mutating func value(_ text: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { JSONWriter.escape(UnsafeRawBufferPointer($0).bytes, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The shortest decimal text that reads back to the same double and is not digits only; 100 is written `100.0`.
    /// - Precondition: finite; records are checked before they get here.
    public mutating func value(_ number: Double) {
        precondition(number.isFinite, "JSON has no number for \(number)")
        comma()
        put(NumberText.maximumCount) { NumberText.put(number, at: $0) }
    }

    public mutating func value(_ number: Int64) {
        comma()
        put(NumberText.maximumCount) { NumberText.put(number, at: $0) }
    }

    public mutating func value(_ flag: Bool) {
        comma()
        literal(flag ? "true" : "false")
    }

    public mutating func null() {
        comma()
        literal("null")
    }

    /// A value that is JSON already, as it is.
    public mutating func raw(_ json: UnsafeRawBufferPointer) {
        comma()
        bytes.append(contentsOf: json)
    }

    // MARK: Parts

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        comma()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Lets `write` fill at most `capacity` bytes behind what is there; it says how many.
    @inline(__always)
    private mutating func put(_ capacity: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        bytes.append(addingCapacity: capacity) { rest in
            rest.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                count = write(start)
            }
        }
    }

    /// Comma, quoted name and colon, then what `write` fills in, in one go.
    @inline(__always)
    private mutating func put(
        _ name: StaticString, valueBytes: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        let length = name.utf8CodeUnitCount
        let separator = needsComma ? 1 : 0
        put(length &+ 4 &+ valueBytes) { start in
            var text = start
            text[0] = UInt8(ascii: ",")
            text += separator
            text[0] = UInt8(ascii: "\"")
            (text + 1).update(from: name.utf8Start, count: length)
            text[length &+ 1] = UInt8(ascii: "\"")
            text[length &+ 2] = UInt8(ascii: ":")
            return separator &+ length &+ 3 &+ write(text + (length &+ 3))
        }
        needsComma = true
    }

    /// Appends what stands between the quotes of a JSON string.
    public static func escape(_ text: RawSpan, to bytes: inout [UInt8]) {
        text.withUnsafeBytes { text in
            var run = 0
            for (i, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                bytes.append(contentsOf: text[run..<i])
                run = i + 1
                bytes.append(UInt8(ascii: "\\"))
                switch byte {
                case 0x22, 0x5C: bytes.append(byte)
                case 0x0A: bytes.append(UInt8(ascii: "n"))
                case 0x0D: bytes.append(UInt8(ascii: "r"))
                case 0x09: bytes.append(UInt8(ascii: "t"))
                default:
                    bytes.append(contentsOf: "u00".utf8)
                    for nibble in [byte >> 4, byte & 15] {
                        bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
                    }
                }
            }
            bytes.append(contentsOf: text[run...])
        }
    }
}
