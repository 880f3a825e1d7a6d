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

/// A tally as one cell of a table.
protocol TallyCell: BitwiseCopyable {
    /// The most rows, and the most draws, that all cells together may count.
    static var limit: Int { get }
    static var zero: Self { get }
    var isZero: Bool { get }
    /// What a record counts, by its first word.
    init(_ word: UInt64)
    static func &+ (a: Self, b: Self) -> Self
    var tally: RowTally { get }
}

/// A tally in 64 bits, for up to two million rows.
struct PackedCell: TallyCell {
    static let limit = 1 << 21 - 1
    static let zero = PackedCell(bits: 0)
    private let bits: UInt64

    private init(bits: UInt64) { self.bits = bits }

    @inline(__always)
    init(_ word: UInt64) {
        // A mark's parts begin at bits 0, 1 and 5, ours at 0, 21 and 42: three copies lie side by side, and of each one part is kept.
        let copies = (word & RowMark.mask) &* (1 | 1 << 20 | 1 << 37)
        bits = copies & (1 | 15 << 21 | 15 << 42)
    }

    var isZero: Bool { bits == 0 }

    @inline(__always)
    static func &+ (a: PackedCell, b: PackedCell) -> PackedCell { PackedCell(bits: a.bits &+ b.bits) }

    @inline(__always)
    var tally: RowTally {
        RowTally(
            rows: Int(truncatingIfNeeded: bits & 0x1F_FFFF), drawn: Int(truncatingIfNeeded: bits >> 21 & 0x1F_FFFF),
            positive: Int(truncatingIfNeeded: bits >> 42))
    }
}

/// A tally for any number of rows.
struct WideCell: TallyCell {
    static let limit = 1_000_000_000
    static let zero = WideCell(parts: .zero)
    private let parts: SIMD4<UInt32>

    private init(parts: SIMD4<UInt32>) { self.parts = parts }

    init(_ word: UInt64) {
        parts = SIMD4(
            UInt32(RowMark.isFirst(word)), UInt32(RowMark.draws(word)), UInt32(RowMark.positive(word)), 0)
    }

    var isZero: Bool { parts[1] == 0 }

    static func &+ (a: WideCell, b: WideCell) -> WideCell { WideCell(parts: a.parts &+ b.parts) }

    var tally: RowTally { RowTally(rows: Int(parts[0]), drawn: Int(parts[1]), positive: Int(parts[2])) }
}
