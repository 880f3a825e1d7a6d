import CryptoCore
import Testing

@testable import Feeds

@Suite("Trade ids that rise by one")
struct SequenceTrackerTests {
    @Test("the next id is next, others are ahead or repeated, whatever their times")
    func positions() {
        var numbers = SequenceTracker()
        #expect(numbers.position(of: 7, timeMs: 1) == .first)
        numbers.accept(1000, timeMs: 5_000)
        #expect(numbers.position(of: 1001, timeMs: 0) == .next)
        #expect(numbers.position(of: 1002, timeMs: 6_000) == .ahead)
        for id in Int64(501)...1000 { #expect(numbers.position(of: id, timeMs: 5_000_000) == .repeated) }
        #expect(numbers.position(of: 1, timeMs: 5_000) == .repeated)
    }

    @Test("an id that was given up is taken once")
    func stragglers() {
        var numbers = SequenceTracker(after: (1000, 0))
        numbers.giveUp(900..<910)
        #expect(numbers.position(of: 905, timeMs: 0) == .straggler)
        numbers.fill(905)
        #expect(numbers.position(of: 905, timeMs: 0) == .repeated)
        for id in [Int64(900), 904, 906, 909] { #expect(numbers.position(of: id, timeMs: 0) == .straggler) }
        #expect(numbers.position(of: 910, timeMs: 0) == .repeated)
    }

    @Test("numbers that no market could reach, and small ones of a later time, mean that the venue counts anew")
    func renumbered() {
        let numbers = SequenceTracker(after: (1_000_000, 0))
        #expect(numbers.position(of: 2_000_000, timeMs: 10) == .ahead)
        #expect(numbers.position(of: 2_000_001, timeMs: 10) == .renumbered)
        #expect(numbers.position(of: 2_000_001, timeMs: 100_000_000) == .ahead)
        #expect(numbers.position(of: .max, timeMs: .max) == .ahead)
        #expect(numbers.position(of: 5, timeMs: 60_001) == .renumbered)
        #expect(numbers.position(of: 600_000, timeMs: 60_001) == .repeated)
        // A wrong jump is not believed for long: what goes on below it counts again at once.
        var jumped = numbers
        jumped.restart(1 << 60, timeMs: 10)
        #expect(jumped.position(of: 1_000_001, timeMs: 11) == .renumbered)
    }
}

@Suite("A trade id by its time")
struct IDSearchTests {
    @Test("it is found in a few pages, however unevenly time runs", arguments: 0..<200)
    func finds(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        // Bursts and pauses.
        var times: [Int64] = [0]
        let count = Int.random(in: 10...60_000, using: &random)
        while times.count < count {
            let gap = Int64.random(in: 0...3, using: &random) == 0 ? Int64.random(in: 0...90_000, using: &random) : 0
            times.append(times[times.count - 1] + gap)
        }
        let since = Int64.random(in: 0...times[count - 1], using: &random)
        let pageSize = 1000
        let last = count - 1
        var search = IDSearch(sinceMs: since, before: (Int64(last), times[last]), pageSize: pageSize)
        var asked = search.first
        var pages = 0
        var found: Int64?
        while found == nil, pages < 64 {
            pages += 1
            let page = Int(asked)..<min(Int(asked) + pageSize, count)
            let step = search.note(IDSearchTests.ends(page, times))
            switch step {
            case .ask(let id): asked = id
            case .found(let id), .oldest(let id): found = id
            case .lost: pages = 64
            }
        }
        let first = Int64(times.firstIndex { $0 >= since } ?? count)
        // It may begin before the time, within the page that was seen; never behind it.
        #expect(
            found.map { $0 <= first && first - $0 <= Int64(pageSize) } == true, "\(String(describing: found)) \(first)")
        #expect(pages <= 40)
    }

    private static func ends(_ page: Range<Int>, _ times: [Int64]) -> (oldest: IDSearch.Known, newest: IDSearch.Known)?
    {
        guard let first = page.first, let last = page.last else { return nil }
        return ((Int64(first), times[first]), (Int64(last), times[last]))
    }
}
