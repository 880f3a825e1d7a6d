import CryptoCore
import Testing

@testable import Feeds

@Suite("Doubting a connection that usually speaks")
struct LivenessProbeTests {
    /// Lets frames come at these times, answers pings after `pongMs`, and looks every 10 ms.
    /// - Returns: when the connection was pinged, and when it was taken for dead. *Units*: ms.
    private func watch(_ frames: [Int64], until endMs: Int64, pongMs: Int64?) -> (pings: [Int64], deadMs: Int64?) {
        var probe = LivenessProbe(limitMs: 50_000)
        probe.begin(now: 0)
        if pongMs != nil { probe.notePong(now: 0) }
        var pings: [Int64] = []
        var pongs: [Int64] = []
        var next = 0
        for now in stride(from: Int64(0), through: endMs, by: 10) {
            while next < frames.count, frames[next] <= now {
                probe.noteFrame(now: frames[next])
                next += 1
            }
            while let pong = pongs.first, pong <= now {
                probe.notePong(now: pong)
                pongs.removeFirst()
            }
            switch probe.verdict(now: now) {
            case .trusted: break
            case .doubted:
                pings.append(now)
                probe.noteAsked(now: now)
                if let pongMs, pongMs >= 0 { pongs.append(now + pongMs) }
            case .dead: return (pings, now)
            }
        }
        return (pings, nil)
    }

    private func arrivals(perSecond: Double, untilMs: Int64, seed: UInt64) -> [Int64] {
        var random = SeededRandom(seed: seed)
        var ms = 0.0
        var times: [Int64] = []
        while true {
            // Steps of 1 ms, each with its chance: the intervals are those of independent trades.
            ms += 1
            if Int64(ms) > untilMs { return times }
            if Double.random(in: 0..<1, using: &random) < perSecond / 1000 { times.append(Int64(ms)) }
        }
    }

    @Test("a busy socket that dies is found within 8 s", arguments: [1_000.0, 100, 10, 5], UInt64(0)..<5)
    func dies(perSecond: Double, seed: UInt64) throws {
        let frames = arrivals(perSecond: perSecond, untilMs: 60_000, seed: seed)
        let last = try #require(frames.last)
        // It has answered once, and answers no more.
        let seen = watch(frames, until: last + 20_000, pongMs: -1)
        let deadMs = try #require(seen.deadMs)
        #expect(deadMs - last >= 5_000, "nobody is given up within 5 s")
        #expect(deadMs - last <= 8_000)
    }

    @Test("whatever answers pings is left in peace", arguments: [100.0, 1, 0.1, 0.01], UInt64(0)..<5)
    func peace(perSecond: Double, seed: UInt64) {
        let frames = arrivals(perSecond: perSecond, untilMs: 600_000, seed: seed)
        let seen = watch(frames, until: 600_000, pongMs: 2_500)
        #expect(seen.deadMs == nil)
        #expect(seen.pings.count <= 60, "a ping each ten seconds is peace")
    }

    @Test("a market that falls quiet is asked ever more seldom")
    func fallsQuiet() {
        let frames = arrivals(perSecond: 50, untilMs: 10_000, seed: 3)
        let seen = watch(frames, until: 3_600_000, pongMs: 50)
        #expect(seen.deadMs == nil)
        #expect((1...10).contains(seen.pings.count))
    }

    @Test("nothing at all for the limit is silence, from the opening on, and a pong ends it")
    func silence() {
        var probe = LivenessProbe(limitMs: 50_000)
        #expect(!probe.isSilent(now: .max / 2), "there is no connection")
        probe.begin(now: 1_000)
        #expect(!probe.isSilent(now: 50_999) && probe.isSilent(now: 51_000))
        probe.notePong(now: 40_000)
        #expect(!probe.isSilent(now: 89_999) && probe.isSilent(now: 90_000))
    }

    @Test("who has never answered a ping is not taken for dead")
    func mute() {
        let frames = arrivals(perSecond: 100, untilMs: 10_000, seed: 1)
        #expect(watch(frames, until: 600_000, pongMs: nil).deadMs == nil)
    }
}
