/// The last records of one channel of one subject: their times and the fields that rules name, oldest first.
///
/// Records are numbered from 0 up. What a range or a look needs and is no longer there makes it null: an answer is exact, or none.
struct RecordHistory: Sendable {
    /// *Shape*: `capacity`, a power of two.
    private var times: ContiguousArray<Int64> = []
    /// *Shape*: `capacity × columns`, row by row.
    private var values: ContiguousArray<Double> = []
    /// The number of the oldest record that is there.
    private(set) var first = 0
    /// The number of the next record.
    private(set) var next = 0
    /// The newest time of the records that are gone.
    private(set) var forgotten = Int64.min
    /// What the changelog has of it.
    var stored = StoredChunks()

    var count: Int { next &- first }

    /// Adds a record and forgets those that are too old for the channel, or too many.
    /// - Precondition: `time` is at least that of the record before.
    /// - Parameter hasRoom: whether it may have one record more than before.
    mutating func append(
        _ time: Int64, _ row: ContiguousArray<Double>, of channel: RuleChannel, hasRoom: Bool = true
    ) {
        if !hasRoom, count > 0 { forgetOldest() }
        // One record from before that stays: it is the newest one for looks at the oldest times.
        let oldest = time &- channel.keepMs
        while count >= channel.maximumRecords || count >= 2 && self.time(first &+ 1) <= oldest { forgetOldest() }
        if count == times.count { grow(columns: row.count) }
        let at = next & (times.count &- 1)
        times[at] = time
        let start = at &* row.count
        for column in 0..<row.count { values[start &+ column] = row[column] }
        next &+= 1
    }

    /// Makes a history that begins at record `first`; for restoring.
    mutating func begin(at first: Int, forgotten: Int64) {
        (self.first, next) = (first, first)
        self.forgotten = forgotten
    }

    func time(_ number: Int) -> Int64 { times[number & (times.count &- 1)] }

    func value(_ number: Int, _ column: Int, of columns: Int) -> Double {
        values[(number & (times.count &- 1)) &* columns &+ column]
    }

    /// The number of the newest record whose time is at most `time`; nil where none is there.
    func newest(upTo time: Int64) -> Int? {
        var number = next &- 1
        while number >= first {
            if self.time(number) <= time { return number }
            number &-= 1
        }
        return nil
    }

    /// Whether all records behind this time are still there, so that a range that begins at it can be told.
    func reaches(_ time: Int64) -> Bool { forgotten <= time }

    private mutating func forgetOldest() {
        forgotten = max(forgotten, time(first))
        first &+= 1
    }

    private mutating func grow(columns: Int) {
        let capacity = max(1, times.count * 2)
        var times = ContiguousArray<Int64>(repeating: 0, count: capacity)
        var values = ContiguousArray<Double>(repeating: .nan, count: capacity * columns)
        for number in first..<next {
            let at = number & (capacity - 1)
            times[at] = time(number)
            for column in 0..<columns { values[at * columns + column] = value(number, column, of: columns) }
        }
        (self.times, self.values) = (times, values)
    }
}

extension RecordHistory {
    /// What `function` makes of a column of the records with times in (from, to], nulls left out. NaN is null.
    /// *Complexity*: O(records in between), nothing allocated.
    func aggregate(_ function: RangeFunction, _ column: Int, of columns: Int, from: Int64, to: Int64) -> Double {
        if !reaches(from) { return .nan }
        var number = (newest(upTo: to) ?? first &- 1)
        let newest = number
        var sum = Aggregate()
        // From the newest back, so that nothing before the range is touched.
        while number >= first, time(number) > from { number &-= 1 }
        number &+= 1
        while number <= newest {
            let value = value(number, column, of: columns)
            if !value.isNaN { sum.add(value) }
            number &+= 1
        }
        return sum.value(function)
    }
}

/// What range functions are made of.
private struct Aggregate {
    private var count = 0
    private var sum = 0.0
    private var least = Double.infinity
    private var most = -Double.infinity
    private var oldest = 0.0
    private var newest = 0.0

    @inline(__always)
    mutating func add(_ value: Double) {
        if count == 0 { oldest = value }
        newest = value
        count &+= 1
        sum += value
        least = min(least, value)
        most = max(most, value)
    }

    func value(_ function: RangeFunction) -> Double {
        if function == .count { return Double(count) }
        if count == 0 { return .nan }
        let value =
            switch function {
            case .count: Double(count)
            case .avg: sum / Double(count)
            case .sum: sum
            case .min: least
            case .max: most
            case .change: count < 2 ? .nan : newest - oldest
            case .changePct: count < 2 ? .nan : (newest - oldest) / oldest * 100
            }
        return value.isFinite ? value : .nan
    }
}
