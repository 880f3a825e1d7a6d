/// The time of the newest record of each channel of each subject, and which of them the changelog does not have yet.
///
/// The changelog has them in blocks of many subjects: a feed changes the time of each series with every record, and a second of all of them
/// is one record of eight bytes each.
struct NewestTimes: Sendable {
    /// Subjects of a block.
    static let blockLength = 64
    /// No record came yet.
    static let never = Int64.min

    private let channelCount: Int
    /// *Shape*: subjects × channels.
    private var times: ContiguousArray<Int64> = []
    /// *Shape*: blocks × channels.
    private var isChanged: ContiguousArray<Bool> = []
    /// Places of `isChanged`.
    private var changed: [Int] = []

    init(channels: Int) { channelCount = channels }

    /// Makes room for one subject more.
    mutating func addSubject() {
        for _ in 0..<channelCount { times.append(NewestTimes.never) }
        let blocks = (times.count / max(channelCount, 1) + NewestTimes.blockLength - 1) / NewestTimes.blockLength
        while isChanged.count < blocks * channelCount { isChanged.append(false) }
    }

    subscript(subject: Int, channel: Int) -> Int64 {
        get { times[subject &* channelCount &+ channel] }
        set { times[subject &* channelCount &+ channel] = newValue }
    }

    /// Takes note that a time is to be written.
    mutating func note(_ subject: Int, _ channel: Int) {
        let place = subject / NewestTimes.blockLength &* channelCount &+ channel
        guard !isChanged[place] else { return }
        isChanged[place] = true
        changed.append(place)
    }

    var hasChanges: Bool { !changed.isEmpty }

    // MARK: State

    /// Writes the blocks in which something was noted since the last call.
    mutating func takeChanges(_ channels: ContiguousArray<RuleChannel>, into batch: inout ChangelogBatch) {
        for place in changed.sorted() {
            isChanged[place] = false
            let (block, channel) = place.quotientAndRemainder(dividingBy: channelCount)
            batch.put(AlertKey.times(channels[channel].identity, block: block)) { writer in
                let first = block * NewestTimes.blockLength
                let end = min(times.count / channelCount, first + NewestTimes.blockLength)
                for subject in first..<end { writer.put(self[subject, channel]) }
            }
        }
        changed.removeAll(keepingCapacity: true)
    }

    /// Reads what `takeChanges` wrote of a block: the times of its subjects, in their order.
    static func block(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) -> [Int64] {
        var times: [Int64] = []
        while reader.remaining > 0 { times.append(try reader.timeOrNever()) }
        guard times.count <= blockLength else { throw ChangelogReader.Malformed() }
        return times
    }

    /// Takes a block that was read, as far as its subjects are there.
    mutating func restore(_ block: [Int64], number: Int, _ channel: Int) {
        let first = number * NewestTimes.blockLength
        for (place, time) in block.enumerated() where first + place < times.count / channelCount {
            self[first + place, channel] = max(self[first + place, channel], time)
        }
    }
}
