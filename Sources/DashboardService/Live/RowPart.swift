/// The parts of a row that change together, and are told together.
struct RowPart: OptionSet, Sendable {
    let rawValue: UInt16

    /// The newest price, with what the tick says beside it.
    static let price = RowPart(rawValue: 1)
    /// Change, turnover and extremes of 24 hours.
    static let day = RowPart(rawValue: 1 << 1)
    /// The closes of the last hour.
    static let spark = RowPart(rawValue: 1 << 2)
    /// The open minute.
    static let live = RowPart(rawValue: 1 << 3)
    /// The newest final minute.
    static let final = RowPart(rawValue: 1 << 4)
    static let trend = RowPart(rawValue: 1 << 5)
    static let indicators = RowPart(rawValue: 1 << 6)
    static let prediction = RowPart(rawValue: 1 << 7)
    static let score = RowPart(rawValue: 1 << 8)
    /// How many alerts fire.
    static let firing = RowPart(rawValue: 1 << 9)
    /// The newest gap.
    static let gap = RowPart(rawValue: 1 << 10)

    static let all = RowPart(rawValue: (1 << 11) - 1)
}
