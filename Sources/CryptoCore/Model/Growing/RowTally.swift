/// How many rows there are, how often they were drawn, and how many of these draws have target 1.
struct RowTally: Equatable {
    var rows = 0
    var drawn = 0
    var positive = 0

    static func + (a: RowTally, b: RowTally) -> RowTally {
        RowTally(rows: a.rows &+ b.rows, drawn: a.drawn &+ b.drawn, positive: a.positive &+ b.positive)
    }
    static func - (a: RowTally, b: RowTally) -> RowTally {
        RowTally(rows: a.rows &- b.rows, drawn: a.drawn &- b.drawn, positive: a.positive &- b.positive)
    }

    var isPure: Bool { positive == 0 || positive == drawn }
    var probability: Double { Double(positive) / Double(drawn) }
}

/// A tally as one cell of a histogram.
protocol TallyCell: BitwiseCopyable {
    /// The most rows, and the most draws, that all cells together may count.
    static var limit: Int { get }
    static var zero: Self { get }
    init(_ mark: UInt16)
    static func &+ (a: Self, b: Self) -> Self
    var tally: RowTally { get }
}

/// A tally in 64 bits, for up to two million rows.
struct PackedCell: TallyCell {
    static let limit = 1 << 21 - 1
    static let zero = PackedCell(bits: 0)
    private let bits: UInt64

    private init(bits: UInt64) { self.bits = bits }

    init(_ mark: UInt16) {
        let draws = UInt64(RowMark.draws(mark)), target = UInt64(mark & 1)
        bits = UInt64(mark >> 15) | draws << 21 | (draws & (0 &- target)) << 42
    }

    static func &+ (a: PackedCell, b: PackedCell) -> PackedCell { PackedCell(bits: a.bits &+ b.bits) }

    var tally: RowTally {
        RowTally(
            rows: Int(truncatingIfNeeded: bits & 0x1F_FFFF), drawn: Int(truncatingIfNeeded: bits >> 21 & 0x1F_FFFF),
            positive: Int(truncatingIfNeeded: bits >> 42))
    }
}

/// A tally for any number of rows.
struct WideCell: TallyCell {
    static let limit = 2_000_000_000
    static let zero = WideCell(parts: .zero)
    private let parts: SIMD4<UInt32>

    private init(parts: SIMD4<UInt32>) { self.parts = parts }

    init(_ mark: UInt16) {
        let draws = UInt32(RowMark.draws(mark)), target = UInt32(mark & 1)
        parts = SIMD4(UInt32(mark >> 15), draws, draws & (0 &- target), 0)
    }

    static func &+ (a: WideCell, b: WideCell) -> WideCell { WideCell(parts: a.parts &+ b.parts) }

    var tally: RowTally { RowTally(rows: Int(parts[0]), drawn: Int(parts[1]), positive: Int(parts[2])) }
}
