/// What changed in a series since its state was last written.
struct StateJournal: Sendable {
    var headChanged = false
    var droppedSlices: [Int64] = []
    var ids = TradeIDJournal()

    init() {}
}
