import TestSupport
import Testing

@testable import CryptoCore

@Suite("records of several topics come in one order, that of their logs")
struct InputMergeTests {
    /// A record as it lies in its log; without a time it is malformed.
    private struct Entry: Equatable {
        var time: Int64?
        var value: UInt64
    }

    private struct Given: Equatable, CustomStringConvertible {
        var input: Int
        var offset: Int64
        var value: UInt64

        var description: String { "\(input)/\(offset)" }
    }

    private static let topics = ["t.ticks", "t.windows", "t.predictions"]

    /// Logs whose times go on, with late records, equal times and ones without a time.
    private static func logs(_ random: inout SplitMix64, inputs: Int) -> [[Entry]] {
        (0..<inputs).map { _ in
            var time = Int64.random(in: 0...30, using: &random)
            return (0..<Int.random(in: 0...120, using: &random)).map { _ in
                time += Int64.random(in: 0...3, using: &random)
                let own: Int64? =
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0: nil
                    case 1: time - Int64.random(in: 1...40, using: &random)
                    default: time
                    }
                return Entry(time: own, value: random.next())
            }
        }
    }

    /// The order by definition: each record at the largest time of its log so far, ties by name, then by offset.
    private static func reference(_ logs: [[Entry]]) -> [Given] {
        var all: [(time: Int64, name: String, given: Given)] = []
        for (input, log) in logs.enumerated() {
            var largest = Int64.min
            for (offset, entry) in log.enumerated() {
                largest = max(largest, entry.time ?? largest)
                all.append(
                    (largest, topics[input], Given(input: input, offset: Int64(offset), value: entry.value)))
            }
        }
        return all.sorted { ($0.time, $0.name, $0.given.offset) < ($1.time, $1.name, $1.given.offset) }.map(\.given)
    }

    /// A merge, and what came out of it.
    private struct Reader {
        var merge: InputMerge
        var next: [Int]
        var given: [Given] = []

        init(at position: StreamPosition, _ quiet: QuietInputs, groups: [Int]? = nil) {
            merge = InputMerge(
                topics: Array(InputMergeTests.topics.prefix(position.inputs.count)), at: position, quiet: quiet,
                groups: groups)
            next = position.inputs.map { Int($0.next ?? 0) }
        }

        /// Reads up to `count` records of an input.
        mutating func read(_ count: Int, of input: Int, _ logs: [[Entry]], at moment: Int64 = 0) {
            for _ in 0..<min(count, logs[input].count - next[input]) {
                let entry = logs[input][next[input]]
                let value = withUnsafeBytes(of: entry.value) { Array($0) }
                merge.add(
                    RecordStamp(input: input, offset: Int64(next[input]), appendTime: nil), time: entry.time,
                    key: entry.value % 3 == 0 ? nil : value.span.bytes, value: value.span.bytes, readAt: moment)
                next[input] += 1
            }
        }

        mutating func drain() {
            merge.drain { item, key, value in
                let number: UInt64 = if let value { value.unsafeLoadUnaligned(as: UInt64.self) } else { 0 }
                #expect((key == nil) == (number % 3 == 0))
                given.append(Given(input: item.stamp.input, offset: item.stamp.offset, value: number))
            }
        }

        /// What the state would hold.
        var position: StreamPosition {
            StreamPosition(
                next.indices.map { input in
                    let offset = merge.firstOffset(of: input) ?? Int64(next[input])
                    return .init(next: offset > 0 ? offset : nil, time: merge.time(of: input))
                })
        }
    }

    /// Lets everything go that is left, as where every input was read to its end.
    private func finish(_ reader: inout Reader, _ logs: [[Entry]]) {
        for input in logs.indices { reader.read(.max, of: input, logs) }
        for input in logs.indices { reader.merge.confirmEnd(of: input, at: .max) }
        reader.drain()
    }

    @Test("whatever comes first, and however the reading is cut", arguments: UInt64(0)..<200)
    func anyArrival(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let logs = InputMergeTests.logs(&random, inputs: 2 + Int(seed % 2))
        var reader = Reader(at: StreamPosition(inputs: logs.count), .goOn)
        while logs.indices.contains(where: { reader.next[$0] < logs[$0].count }) {
            let input = Int.random(in: logs.indices, using: &random)
            reader.read(Int.random(in: 0...20, using: &random), of: input, logs)
            reader.drain()
            #expect(reader.given == Array(InputMergeTests.reference(logs).prefix(reader.given.count)))
        }
        finish(&reader, logs)
        #expect(reader.given == InputMergeTests.reference(logs))
    }

    @Test("killed at any record, and begun again where the state stands", arguments: UInt64(0)..<100)
    func killAndReplay(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let logs = InputMergeTests.logs(&random, inputs: 2 + Int(seed % 2))
        var position = StreamPosition(inputs: logs.count)
        var committed: [Given] = []
        var reader = Reader(at: position, .wait)
        for _ in 0..<60 {
            reader.read(
                Int.random(in: 0...15, using: &random), of: Int.random(in: logs.indices, using: &random), logs)
            reader.drain()
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                (position, committed) = (try stored(reader.position), reader.given)
            case 1:
                reader = Reader(at: position, .wait)
                reader.given = committed
            default: break
            }
        }
        #expect(reader.given == Array(InputMergeTests.reference(logs).prefix(reader.given.count)))
        reader = Reader(at: position, .goOn)
        reader.given = committed
        finish(&reader, logs)
        #expect(reader.given == InputMergeTests.reference(logs))
    }

    /// The position as the changelog gives it back.
    private func stored(_ position: StreamPosition) throws -> StreamPosition {
        var writer = ChangelogWriter()
        position.encode(into: &writer)
        var reader = ChangelogReader(writer.bytes)
        let copy = try StreamPosition(inputs: position.inputs.count, &reader)
        try reader.end()
        #expect(copy == position)
        return copy
    }

    @Test("of one input a position is its offset alone, of several an offset and a time each")
    func positions() throws {
        var writer = ChangelogWriter()
        StreamPosition([.init(next: 77)]).encode(into: &writer)
        #expect(writer.bytes == [77, 0, 0, 0, 0, 0, 0, 0])
        _ = try stored(StreamPosition([.init(next: 5, time: 9), .init(next: nil, time: .min)]))
        var broken = ChangelogReader([UInt8](repeating: 255, count: 16))
        #expect(throws: ChangelogReader.Malformed.self) { try StreamPosition(inputs: 1, &broken) }
    }

    /// Records are written in some order to two logs, and read while they are: what was first, by time and in its log, goes
    /// first, whatever the reader sees when. A reader is told of an end only that it was one when it was asked.
    @Test(
        "of two that lie in their logs the earlier goes first, though a quiet topic is waited for no longer than to its end",
        arguments: UInt64(0)..<200)
    func causal(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var logs: [[Entry]] = [[], []]
        var written: [(moment: Int64, time: Int64, given: Given)] = []
        var reader = Reader(at: StreamPosition(inputs: 2), .goOn)
        var asked: [(input: Int, moment: Int64, end: Int)] = []
        for moment in 1...Int64(300) {
            let input = Int.random(in: 0...1, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                // Times that differ, so that every pair has an order of its own.
                let time = moment * 10 + Int64.random(in: -400...400, using: &random) * 10 + Int64(input)
                let value = random.next()
                let place = max(time, written.last { $0.given.input == input }?.time ?? .min)
                written.append((moment, place, Given(input: input, offset: Int64(logs[input].count), value: value)))
                logs[input].append(Entry(time: time, value: value))
            case 1: reader.read(Int.random(in: 1...4, using: &random), of: input, logs, at: moment)
            default: asked.append((input, moment, logs[input].count))
            }
            // An answer comes later, and counts once everything before that end was handed out.
            if let answer = asked.first, reader.next[answer.input] >= answer.end, Bool.random(using: &random) {
                reader.merge.confirmEnd(of: answer.input, at: answer.moment)
                asked.removeFirst()
            }
            reader.drain()
        }
        let order = Dictionary(uniqueKeysWithValues: reader.given.enumerated().map { ($1.description, $0) })
        for later in written {
            guard let at = order[later.given.description] else { continue }
            for earlier in written where earlier.moment < later.moment && earlier.time < later.time {
                #expect(order[earlier.given.description] ?? .max < at, "\(earlier) after \(later)")
            }
        }
        finish(&reader, logs)
        #expect(reader.given.count == written.count)
        for input in 0...1 {
            #expect(
                reader.given.filter { $0.input == input }.map(\.offset) == (0..<logs[input].count).map { Int64($0) })
        }
    }

    @Test("a quiet topic is waited for until it is past the time; at the same time the name decides")
    func waiting() {
        let logs: [[Entry]] = [
            [Entry(time: 10, value: 1), Entry(time: 20, value: 2), Entry(time: 21, value: 3)],
            [Entry(time: 20, value: 4), Entry(time: 5, value: 5), Entry(time: nil, value: 6)],
        ]
        var reader = Reader(at: StreamPosition(inputs: 2), .wait)
        func given() -> [String] {
            reader.drain()
            return reader.given.map(\.description)
        }
        reader.read(1, of: 0, logs)
        #expect(given() == [])
        reader.read(1, of: 1, logs)
        #expect(given() == ["0/0"], "ticks may still bring something at 20, which comes before windows")
        reader.read(1, of: 0, logs)
        #expect(given() == ["0/0", "0/1"])
        reader.merge.confirmEnd(of: 0, at: 5)
        #expect(given() == ["0/0", "0/1"], "who waits takes no end for an answer")
        reader.read(1, of: 0, logs)
        #expect(given() == ["0/0", "0/1", "1/0"])
        reader.read(2, of: 1, logs)
        #expect(
            given() == ["0/0", "0/1", "1/0", "1/1", "1/2"],
            "late ones and those without a time stay in their log's order")
    }

    @Test("an end counts only when it was confirmed after the record was seen")
    func ends() {
        let logs: [[Entry]] = [[Entry(time: 10, value: 1)], []]
        var reader = Reader(at: StreamPosition(inputs: 2), .goOn)
        reader.read(1, of: 0, logs, at: 100)
        #expect(reader.merge.waitingSince == 100)
        for moment in [50, 100] as [Int64] {
            reader.merge.confirmEnd(of: 1, at: moment)
            reader.drain()
            #expect(reader.given.isEmpty)
        }
        reader.merge.confirmEnd(of: 1, at: 101)
        reader.drain()
        #expect(reader.given.count == 1 && reader.merge.waitingSince == nil)
    }

    @Test("groups are merged as if each were alone, and wait for no topic of another", arguments: UInt64(0)..<100)
    func groups(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let logs = InputMergeTests.logs(&random, inputs: 3)
        let groups = [[0, 1, 0], [0, 0, 1], [0, 1, 2], [5, 5, 5]][Int(seed % 4)]
        var reader = Reader(at: StreamPosition(inputs: 3), .wait, groups: groups)
        while logs.indices.contains(where: { reader.next[$0] < logs[$0].count }) {
            reader.read(Int.random(in: 1...9, using: &random), of: Int.random(in: 0..<3, using: &random), logs)
            reader.drain()
        }
        let all = InputMergeTests.reference(logs)
        for group in Set(groups) {
            let inputs = logs.indices.filter { groups[$0] == group }
            let given = reader.given.filter { inputs.contains($0.input) }
            let wanted = all.filter { inputs.contains($0.input) }
            #expect(given == Array(wanted.prefix(given.count)))
            // Who is alone waits for nobody.
            if inputs.count == 1 { #expect(given == wanted) }
        }
    }

    @Test("a hole comes before the record behind it, and what waits is counted")
    func holes() {
        var merge = InputMerge(topics: ["a", "b"], at: StreamPosition(inputs: 2), quiet: .goOn)
        let bytes: [UInt8] = [1, 2, 3]
        func add(_ offset: Int64, _ time: Int64, to input: Int) {
            merge.add(
                RecordStamp(input: input, offset: offset, appendTime: nil), time: time, key: nil,
                value: bytes.span.bytes, readAt: 0)
        }
        add(0, 10, to: 0)
        merge.addHole(in: 0, 1..<8, readAt: 0)
        add(8, 30, to: 0)
        #expect(merge.count(of: 0) == 3 && merge.byteCount(of: 0) == 6)
        add(0, 20, to: 1)
        var seen: [String] = []
        func drain() {
            merge.drain { item, _, _ in
                seen.append("\(item.stamp.input): \(item.stamp.offset)\(item.holeEnd.map { "..<\($0)" } ?? "")")
            }
        }
        drain()
        #expect(seen == ["0: 0", "0: 1..<8", "1: 0"])
        #expect(merge.firstOffset(of: 0) == 8 && merge.count(of: 0) == 1 && merge.byteCount(of: 0) == 3)
        #expect(merge.time(of: 0) == 10 && merge.time(of: 1) == 20)
        merge.confirmEnd(of: 1, at: 1)
        drain()
        #expect(seen.last == "0: 8" && merge.byteCount(of: 0) == 0 && merge.firstOffset(of: 0) == nil)
    }

    @Test("a record's time is that of its topic's own field, and none that cannot be true")
    func times() {
        func time(_ topic: Topic, _ text: String, appendTime: Int64? = nil) -> Int64? {
            topic.time(of: Array(text.utf8).span.bytes, appendTime: appendTime)
        }
        #expect(time(.ticks, #"{"a":{"event_time":7},"event_time":1763719200000}"#) == noon - 7_200_000)
        #expect(time(.tumbling, #"{"event_time":1,"window_end":1763719200000}"#) == noon - 7_200_000)
        #expect(time(.trends, #"{"as_of":1763719200000}"#) == noon - 7_200_000)
        #expect(time(.ticks, #"{"event_time":1763719200000}"#, appendTime: noon - 7_260_000) == noon - 7_200_000)
        #expect(time(.ticks, #"{"event_time":1763719200000}"#, appendTime: noon - 7_260_001) == nil)
        #expect(time(.ticks, #"{"event_time":1763719200}"#) == nil, "seconds")
        for broken in [
            "", "[]", "{", #"{"event_time":"#, #"{"event_time":1.5}"#, #"{"event_time":"x"}"#, #"{"as_of":5}"#,
        ] {
            #expect(time(.ticks, broken) == nil, "\(broken)")
        }
        #expect(Topic.ticks.time(of: nil, appendTime: nil) == nil)
        #expect(time(.state, #"{"event_time":1763719200000}"#) == nil)
    }
}
