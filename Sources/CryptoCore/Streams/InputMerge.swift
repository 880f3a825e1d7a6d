/// Puts the records of several topics into one order: those of one partition number of each, which hold the same series.
///
/// **The order.** A record's place is the largest time of its partition's records up to it (`event_time`, `as_of`,
/// `window_end`), so that the records of one topic stay in the order of their log, late ones among them. The merged order goes by
/// place, ties by the topic's name. It is a function of the logs alone: neither of when a record came, nor of how the reading
/// was cut into polls, nor of where it was interrupted and begun again.
///
/// **The waiting.** A record goes as soon as no other topic can still bring one that belongs before it: the topic's next record is
/// there, or the topic has come past the record's place, or it was read to its end (`confirmEnd`) after the record was seen. So of
/// two records that lie in their logs the one that belongs first goes first, unless the other was the only one there was. Then,
/// and only then, the order is that of arrival: what comes to a quiet topic later, with an older time, goes behind.
///
/// Who wants the order of the logs whatever comes late asks for `QuietInputs.wait`: then a quiet topic holds up the others.
///
/// **Groups.** Topics that nobody looks at together need no common order: each group of topics has one of its own, and waits for no topic
/// of another group.
///
/// Memory is bounded by who adds: see `count(of:)`.
public struct InputMerge: Sendable {
    /// A record that waits, or records that are gone.
    public struct Item: Sendable {
        /// Of a hole the first one that is gone.
        public let stamp: RecordStamp
        /// Behind the last one that is gone; nil for a record.
        public let holeEnd: Int64?
        /// Its place in the order.
        let time: Int64
        /// When it was read, by the clock of `confirmEnd`.
        let readAt: Int64
        let key: Range<Int>?
        let value: Range<Int>?
    }

    private var inputs: [Waiting]
    /// Whose records are put into one order with those of each input.
    private let groups: [Int]
    private let quiet: QuietInputs

    /// Nothing waits.
    /// - Parameters:
    ///   - topics: the inputs' names, which decide between records of the same place.
    ///   - position: where the inputs stand: the places that were reached before.
    ///   - groups: a number for each input; those of the same number are put into one order. Nil: all of them.
    public init(topics: [String], at position: StreamPosition, quiet: QuietInputs, groups: [Int]? = nil) {
        precondition(topics.count == position.inputs.count, "a position has an element for each input")
        self.groups = groups ?? topics.map { _ in 0 }
        precondition(self.groups.count == topics.count, "each input has a group")
        let ranks = topics.indices.sorted { topics[$0].utf8.lexicographicallyPrecedes(topics[$1].utf8) }
        inputs = topics.indices.map { input in
            Waiting(rank: ranks.firstIndex(of: input) ?? 0, time: position.inputs[input].time)
        }
        self.quiet = quiet
    }

    /// Adds the next record of an input.
    /// - Parameters:
    ///   - time: its time; nil for one without: it stays where it is in its log.
    ///   - readAt: the clock of `confirmEnd` when it was read.
    public mutating func add(
        _ stamp: RecordStamp, time: Int64?, key: RawSpan?, value: RawSpan?, readAt: Int64
    ) {
        inputs[stamp.input].append(stamp, holeEnd: nil, time: time, (key, value), readAt)
    }

    /// Adds that the next records of an input are gone.
    public mutating func addHole(in input: Int, _ offsets: Range<Int64>, readAt: Int64) {
        let stamp = RecordStamp(input: input, offset: offsets.lowerBound, appendTime: nil)
        inputs[input].append(stamp, holeEnd: offsets.upperBound, time: nil, (nil, nil), readAt)
    }

    /// Takes note that everything that lay in an input's log at this moment was added.
    public mutating func confirmEnd(of input: Int, at moment: Int64) {
        inputs[input].confirmedAt = max(inputs[input].confirmedAt, moment)
    }

    /// Gives what may go to `body`, in order; the spans are valid during the call only.
    /// *Complexity*: O(inputs) a record, nothing allocated.
    public mutating func drain(_ body: (Item, _ key: RawSpan?, _ value: RawSpan?) -> Void) {
        while let input = next() {
            inputs[input].giveFirst(to: body)
        }
    }

    /// When the oldest record that waits was read, by the clock of `confirmEnd`; nil while none waits.
    public var waitingSince: Int64? {
        var since: Int64?
        for input in inputs {
            if let item = input.first { since = min(since ?? item.readAt, item.readAt) }
        }
        return since
    }

    /// How many records of an input wait.
    public func count(of input: Int) -> Int { inputs[input].count }

    /// How many bytes of keys and values of an input wait.
    public func byteCount(of input: Int) -> Int { inputs[input].byteCount }

    /// The first offset of an input that has not been given to `drain`'s body; nil when none waits.
    public func firstOffset(of input: Int) -> Int64? { inputs[input].first?.stamp.offset }

    /// The place that an input has reached: that of the last record given.
    public func time(of input: Int) -> Int64 { inputs[input].givenTime }

    // MARK: Parts

    /// The input whose first record goes next; nil when another one has to be waited for, or nothing is there.
    private func next() -> Int? {
        var best: (input: Int, time: Int64)?
        for input in inputs.indices {
            guard let item = inputs[input].first, mayGo(item, of: input) else { continue }
            if let found = best, !comes(item.time, input, before: found.time, found.input) { continue }
            best = (input, item.time)
        }
        return best?.input
    }

    /// Whether nothing of an input's group belongs before its first record, as far as anybody can know.
    private func mayGo(_ item: Item, of input: Int) -> Bool {
        for other in inputs.indices where other != input && groups[other] == groups[input] {
            if let first = inputs[other].first {
                if comes(first.time, other, before: item.time, input) { return false }
                continue
            }
            // The next record of the other input comes at its time of now at the earliest.
            if comes(item.time, input, before: inputs[other].readTime, other) { continue }
            guard quiet == .goOn, inputs[other].confirmedAt > item.readAt else { return false }
        }
        return true
    }

    private func comes(_ time: Int64, _ input: Int, before other: Int64, _ otherInput: Int) -> Bool {
        time < other || time == other && inputs[input].rank < inputs[otherInput].rank
    }
}

/// What to do about an input that has nothing to read, while others have.
public enum QuietInputs: Sendable {
    /// Go on without it, once it was read to its end.
    case goOn
    /// Wait until it has come past the others: the order is then that of the logs, whatever comes late.
    case wait
}

/// One input's records that wait: their bytes one behind the other.
private struct Waiting: Sendable {
    /// Where the input's name stands among the names.
    let rank: Int
    /// The place of the last record that was added, and of the last that was given.
    var readTime: Int64
    var givenTime: Int64
    var confirmedAt = Int64.min
    private var items: ContiguousArray<InputMerge.Item> = []
    private var head = 0
    private var bytes: [UInt8] = []
    private var bytesHead = 0
    /// How many bytes were dropped before `bytes`: the items' ranges count them.
    private var dropped = 0

    init(rank: Int, time: Int64) {
        self.rank = rank
        readTime = time
        givenTime = time
    }

    var count: Int { items.count - head }
    var byteCount: Int { bytes.count - bytesHead }
    var first: InputMerge.Item? { head < items.count ? items[head] : nil }

    mutating func append(
        _ stamp: RecordStamp, holeEnd: Int64?, time: Int64?, _ record: (key: RawSpan?, value: RawSpan?),
        _ readAt: Int64
    ) {
        readTime = max(readTime, time ?? readTime)
        let key = append(record.key)
        let value = append(record.value)
        items.append(
            InputMerge.Item(
                stamp: stamp, holeEnd: holeEnd, time: readTime, readAt: readAt, key: key, value: value))
    }

    mutating func giveFirst(to body: (InputMerge.Item, RawSpan?, RawSpan?) -> Void) {
        let item = items[head]
        bytes.withUnsafeBytes { all in
            func part(_ range: Range<Int>?) -> UnsafeRawBufferPointer? {
                range.map { UnsafeRawBufferPointer(rebasing: all[$0.lowerBound - dropped..<$0.upperBound - dropped]) }
            }
            body(item, part(item.key)?.bytes, part(item.value)?.bytes)
        }
        givenTime = item.time
        head += 1
        bytesHead = (item.value ?? item.key).map { $0.upperBound - dropped } ?? bytesHead
        let isMostGiven = head >= 1_024 && head > items.count / 2 || bytesHead >= 1 << 20 && bytesHead > bytes.count / 2
        if head == items.count || isMostGiven { dropGiven() }
    }

    private mutating func append(_ span: RawSpan?) -> Range<Int>? {
        guard let span else { return nil }
        let start = dropped + bytes.count
        span.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return start..<dropped + bytes.count
    }

    /// Forgets what was given, keeps the memory.
    private mutating func dropGiven() {
        items.removeFirst(head)
        bytes.removeFirst(bytesHead)
        dropped += bytesHead
        head = 0
        bytesHead = 0
    }
}
