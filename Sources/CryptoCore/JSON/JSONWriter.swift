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
        comma()
        bytes.append(UInt8(ascii: "\""))
        literal(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
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

    public mutating func field(_ name: StaticString, _ number: Double) {
        key(name)
        value(number)
    }

    public mutating func field(_ name: StaticString, _ number: Int64) {
        key(name)
        value(number)
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

    public mutating func value(_ text: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { escape($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The shortest decimal text that reads back to the same double; 100 is written `100`.
    /// - Precondition: finite; records are checked before they get here.
    public mutating func value(_ number: Double) {
        precondition(number.isFinite, "JSON has no number for \(number)")
        comma()
        if number.magnitude < 1e15, let whole = Int64(exactly: number), whole != 0 || number.sign == .plus {
            return digits(whole)
        }
        var text = ASCIIOutput(bytes: bytes)
        bytes = []
        number.write(to: &text)
        bytes = text.bytes
        if bytes.suffix(2).elementsEqual([UInt8(ascii: "."), UInt8(ascii: "0")]) { bytes.removeLast(2) }
    }

    public mutating func value(_ number: Int64) {
        comma()
        digits(number)
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

    private mutating func digits(_ number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = bytes.count
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit))
            rest = quotient
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
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
                literal("u00")
                for nibble in [byte >> 4, byte & 15] {
                    bytes.append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
                }
            }
        }
        bytes.append(contentsOf: text[run...])
    }
}

/// Takes a number's text from the standard library straight into bytes.
private struct ASCIIOutput: TextOutputStream {
    var bytes: [UInt8]

    mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    // Saves the intermediate string; the standard library calls `write` where this does not exist.
    mutating func _writeASCII(_ text: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: text) }
}
