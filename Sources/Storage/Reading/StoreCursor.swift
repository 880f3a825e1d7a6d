/// A place between two rows of one series in one table: behind the row of this time and `_id`.
///
/// Its text may be given away (to a browser) and comes back as the same cursor, in another process too.
package struct StoreCursor: Equatable, Sendable, CustomStringConvertible {
    /// Ms.
    let time: Int64
    /// UTF-8.
    let id: [UInt8]

    /// Behind a row that was read in another way.
    package init(time: Int64, id: [UInt8]) {
        self.time = time
        self.id = id
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Letters, digits, dots and minus signs only.
    package var description: String {
        var text = Array("\(time).".utf8)
        for byte in id {
            text.append(StoreCursor.digits[Int(byte >> 4)])
            text.append(StoreCursor.digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Throws: `.badQuery` for a text that no cursor gave.
    package init(_ text: String) throws(StoreError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(Substring(parts[0])), parts[1].count.isMultiple(of: 2) else {
            throw .badQuery("not a cursor: \(text.prefix(80))")
        }
        var id: [UInt8] = []
        var high: Int?
        for digit in parts[1] {
            guard let value = StoreCursor.digits.firstIndex(of: digit) else {
                throw .badQuery("not a cursor: \(text.prefix(80))")
            }
            if let first = high { id.append(UInt8(first << 4 | value)) }
            high = high == nil ? value : nil
        }
        guard String(validating: id, as: UTF8.self) != nil else {
            throw .badQuery("not a cursor: \(text.prefix(80))")
        }
        self.init(time: time, id: id)
    }
}
