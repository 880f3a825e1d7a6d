/// The blocks in which the rows of one fold lie: clock hours, and the days that these make up. Days begin at midnight of UTC+9.
///
/// A block has the same key in every fold: folds may share an hour, and then it is drawn for both.
struct RowBlocks: Equatable, Sendable {
    /// The block of each row; blocks without rows are left out.
    let blocks: [Int32]
    /// The key of each block, ascending.
    let keys: [Int64]
    /// The day of each block, and the key of each day, ascending.
    let days: [Int]
    let dayKeys: [Int64]

    var blockCount: Int { keys.count }
    var dayCount: Int { dayKeys.count }

    /// Midnight of UTC+9 is so long before that of UTC, ms.
    private static let dayOffset = 9 * ClockSpan.hour

    /// - Parameters:
    ///   - times: of rows, sorted; empty: one block.
    ///   - blockMs: the length of a block, as `blockMs(of:)` says.
    init(times: [Int64], count: Int, blockMs: Int64) {
        guard !times.isEmpty else {
            blocks = Array(repeating: 0, count: count)
            (keys, days, dayKeys) = ([0], [0], [0])
            return
        }
        let dayMs = RowBlocks.dayMs(ofBlocks: blockMs)
        var blocks: [Int32] = []
        var (keys, days, dayKeys): ([Int64], [Int], [Int64]) = ([], [], [])
        blocks.reserveCapacity(times.count)
        for time in times {
            let key = RowBlocks.key(time, blockMs)
            if key != keys.last {
                keys.append(key)
                let day = RowBlocks.key(time, dayMs)
                if day != dayKeys.last { dayKeys.append(day) }
                days.append(dayKeys.count - 1)
            }
            blocks.append(Int32(keys.count - 1))
        }
        (self.blocks, self.keys, self.days, self.dayKeys) = (blocks, keys, days, dayKeys)
    }

    /// How long the blocks of these folds are, ms: an hour, or as many as it takes for no fold to have too many blocks.
    ///
    /// Whole blocks fill a day, or days a block.
    /// - Parameter folds: the times of each fold's rows, sorted.
    static func blockMs(of folds: [[Int64]]) -> Int64 {
        func isEnough(_ ms: Int64) -> Bool {
            folds.allSatisfy { times in
                guard let first = times.first, let last = times.last else { return true }
                return key(last, ms) - key(first, ms) < Resampling.mostBlocks
            }
        }
        let short = [1, 2, 3, 4, 6, 8, 12].map { $0 * ClockSpan.hour }
        if let ms = short.first(where: isEnough) { return ms }
        var ms = ClockSpan.day
        while !isEnough(ms) { ms += ClockSpan.day }
        return ms
    }

    /// How long a day is, ms: as long as a block, where that is longer.
    static func dayMs(ofBlocks blockMs: Int64) -> Int64 { max(blockMs, ClockSpan.day) }

    private static func key(_ time: Int64, _ ms: Int64) -> Int64 { (time + dayOffset).aligned(to: ms) / ms }
}
