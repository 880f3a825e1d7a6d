import CryptoCore
import TestSupport
import Testing

@testable import AlerterService

@Suite("Silences")
struct SilencesTests {
    private let noon = AlertMaker.noon
    private let hour: Int64 = 3_600_000
    private let labels = ["alertname": "a"]

    private func silence(_ id: String, from: Int64, until: Int64, _ name: String = "a") -> Silence {
        Silence(id: id, matchers: "alertname=\(name)", from: from, until: until, by: "test")
    }

    @Test("one that is taken away was in force until then, and is no more")
    func takenAway() throws {
        var silences = Silences()
        try silences.put("s", silence("s", from: noon, until: noon + 9 * hour), at: noon)
        try silences.put("s", nil, at: noon + hour)
        #expect(silences.list.isEmpty && silences.current(at: noon).isEmpty)
        #expect(silences.end(for: labels, at: noon) == noon + hour)
        #expect(silences.end(for: labels, at: noon + hour - 1) == noon + hour)
        #expect(silences.end(for: labels, at: noon + hour) == nil)
    }

    @Test("one that is replaced was in force until then, and its heir is from its beginning on")
    func replaced() throws {
        var silences = Silences()
        try silences.put("s", silence("s", from: noon, until: noon + 9 * hour), at: noon)
        try silences.put("s", silence("s", from: noon + hour, until: noon + 2 * hour, "b"), at: noon + hour)
        #expect(silences.end(for: labels, at: noon) == noon + hour)
        #expect(silences.end(for: labels, at: noon + hour) == nil)
        #expect(silences.end(for: ["alertname": "b"], at: noon) == nil)
        #expect(silences.end(for: ["alertname": "b"], at: noon + hour) == noon + 2 * hour)
    }

    @Test("the same record twice changes nothing, and one that had not begun leaves nothing")
    func again() throws {
        var silences = Silences()
        try silences.put("s", silence("s", from: noon + hour, until: noon + 2 * hour), at: noon)
        let once = silences
        try silences.put("s", silence("s", from: noon + hour, until: noon + 2 * hour), at: noon + 1)
        #expect(silences == once)
        try silences.put("s", nil, at: noon + 2)
        #expect(silences == Silences())
    }

    @Test("what replaced ones held back is forgotten after five days")
    func forgotten() throws {
        var silences = Silences()
        for number in 0..<100 {
            let now = noon + Int64(number) * 12 * hour
            try silences.put("s", silence("s", from: now, until: now + hour), at: now)
        }
        #expect(silences.end(for: labels, at: noon) == nil)
        #expect(silences.end(for: labels, at: noon + 95 * 12 * hour) == noon + 95 * 12 * hour + hour)
    }

    @Test("ending gives one that lasts an end, takes away one that has not begun, and knows no other")
    func ending() throws {
        var silences = Silences()
        try silences.put("now", silence("now", from: noon, until: noon + hour))
        try silences.put("later", silence("later", from: noon + hour, until: noon + 2 * hour))
        try silences.put("over", silence("over", from: noon - hour, until: noon))
        #expect(silences.current(at: noon).map(\.id) == ["now", "later"])
        let end = try #require(silences.ending("now", at: noon + 5))
        #expect(end.silence == silence("now", from: noon, until: noon + 5))
        #expect(silences.ending("later", at: noon + 5) == SilenceChange(without: "later"))
        #expect(silences.ending("over", at: noon) == nil && silences.ending("none", at: noon) == nil)
        try silences.put("now", end.silence, at: noon + 6)
        #expect(silences.current(at: noon + 6).map(\.id) == ["later"])
        #expect(silences.end(for: labels, at: noon + 1) == noon + 6, "it was in force until its end was read")
    }

    @Test(
        "a silence in force at a moment is one whose record was the newest of its id then", arguments: UInt64(0)..<200)
    func law(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var silences = Silences()
        var log: [(id: String, silence: Silence?, at: Int64)] = []
        var now = noon
        for _ in 0..<30 {
            now += Int64.random(in: 1...20, using: &rng)
            let id = ["x", "y"].randomElement(using: &rng) ?? "x"
            // Those that people make begin when they are made, or later.
            let from = now + Int64.random(in: 0...15, using: &rng)
            let made = silence(id, from: from, until: from + Int64.random(in: 1...40, using: &rng))
            let change = Bool.random(using: &rng) ? made : nil
            log.append((id, change, now))
            try silences.put(id, change, at: now)
        }
        for ms in noon...(now + 60) {
            let isSilenced = ["x", "y"].contains { id in
                guard let newest = log.last(where: { $0.id == id && $0.at <= ms })?.silence else { return false }
                return newest.from <= ms && ms < newest.until
            }
            #expect((silences.end(for: labels, at: ms) != nil) == isSilenced, "at \(ms - noon)")
        }
    }
}
