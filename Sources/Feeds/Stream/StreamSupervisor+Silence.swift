internal import CryptoCore

// What silence means: of a whole connection, and of a market on one that lives.
extension StreamSupervisor {
    /// Asks a connection that has fallen silent whether it lives, and wants another one beside it when it does not answer.
    mutating func doubt(_ sinceMs: Int64, _ now: Moment) -> Action {
        switch probe.verdict(now: now.monotonic) {
        case .trusted: return .wait(ms: 100)
        case .doubted:
            probe.noteAsked(now: now.monotonic)
            return .ping(session.venue.ping.map { [$0] } ?? [])
        case .dead:
            if let waitMs = waitForAttempt(now) { return .wait(ms: min(waitMs, 100)) }
            state = .replacing(openSinceMs: sinceMs)
            return .connectBeside(address: session.address)
        }
    }

    /// The old connection speaks: no other one is needed.
    mutating func keep() {
        if case .replacing(let sinceMs) = state { state = .open(sinceMs: sinceMs) }
    }

    /// Subscribes silent markets anew, all of them together.
    mutating func renewSilent(_ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        guard now.monotonic >= renewedMs + profile.limits.renewalSpacingMs else { return }
        let silent = silence.silent(now: now.monotonic).sorted { $0.index < $1.index }
        guard !silent.isEmpty else { return }
        let wanted = Set(session.wantedSymbols)
        var symbols: [String] = []
        for id in silent {
            let symbol = writer.series[id].symbol
            guard wanted.contains(symbol) else {
                silence.forget(id)
                continue
            }
            symbols.append(symbol)
            events.append(.quiet(symbol: symbol, seconds: silence.silenceMs(id, now: now.monotonic) / 1000))
            // A market may be quiet: it is given twice the time before it is asked again.
            silence.noteRenewed(id, now: now.monotonic)
        }
        guard !symbols.isEmpty else { return }
        renewedMs = now.monotonic
        guard session.renew(symbols) else { return }
        for id in silent where wanted.contains(writer.series[id].symbol) {
            writer.beginOutage(id, .silent, nowMs: now.wall)
        }
    }
}
