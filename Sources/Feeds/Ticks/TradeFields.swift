internal import CryptoCore

extension TickWriter {
    /// A trade's fields where they stand in the frame. *Units*: `eventTime` ms since the epoch.
    package struct TradeFields: BitwiseCopyable, Sendable {
        var id = JSONText()
        var price = JSONText()
        var quantity = JSONText()
        var eventTime: Int64 = 0
        var side: Side?
        var isBlockTrade = false
        var isBackfilled = false
    }
}

/// A trade's times and numbers: the fields that are converted, not copied.
struct TradeValues {
    /// A number's text and its length.
    typealias Number = (bytes: InlineArray<40, UInt8>, count: Int)

    var series: SeriesID
    /// *Units*: ms since the epoch, shift included.
    var eventTime: Int64 = 0
    var ingestTime: Int64 = 0
    var price: Number = (InlineArray(repeating: 0), 0)
    var quantity: Number = (InlineArray(repeating: 0), 0)

    init(series: SeriesID) { self.series = series }

    /// Takes the number in `text`, multiplied by `size` where there is one; false when it is none greater than 0.
    @inline(__always)
    static func read(
        _ text: JSONText, times size: ContractSize? = nil, _ frame: RawSpan, into number: inout Number
    ) -> Bool {
        var span = number.bytes.mutableSpan
        number.count = span.withUnsafeMutableBufferPointer { buffer in
            let target = buffer.baseAddress!  // not nil: 40 bytes
            return (size.map { $0.multiply(text, frame, to: target) } ?? PlainDecimal.copy(text, frame, to: target))
                ?? 0
        }
        return number.count > 0
    }
}
