internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import Synchronization
internal import System

/// Threads that read the store, a reader each, and what is known of it.
///
/// A store that is away is opened again with growing pauses, whether anybody asks or not, and one that was replaced at once. Questions
/// are answered meanwhile: it is away, since when and why.
///
/// *Thread*: any may ask.
final class ReaderPool: Sendable {
    private static let waiting = 64
    /// A store that is idle is looked at so often.
    private static let lookMs: Int64 = 2_000
    private static let threadCount = 2

    private let text: String
    private let context: ServiceContext
    private let stop = StopFlag()
    private let jobs = JobQueue<StoreJob>(limit: ReaderPool.waiting)
    private let shared: Mutex<Shared>
    private let threads = Mutex<[System.Thread]>([])
    private let clock = SystemClock()

    private struct Shared {
        var state: StoreState
        /// Whether a thread has tried to open it.
        var isKnown = false
        /// Made by the first thread that can: the name of a cluster may not resolve yet.
        var location: StoreLocation?
    }

    init(_ context: ServiceContext, store text: String) {
        self.context = context
        self.text = text
        let state = StoreState(
            kind: .away, since: SystemClock().wallMs(), reason: "it is being opened",
            location: StoreLocation.shown(text))
        shared = Mutex(Shared(state: state))
    }

    var state: StoreState { shared.withLock { $0.state } }

    func start() {
        threads.withLock { threads in
            guard threads.isEmpty else { return }
            threads = (1...ReaderPool.threadCount).map { number in
                System.Thread(name: "store \(number)") { [self] in loop() }
            }
        }
    }

    func close() {
        stop.request()
        for job in jobs.close() { job.fail(.closed) }
        _ = System.Thread.joinAll(threads.withLock { $0 }, ms: 2_000)
    }

    /// Has a question answered; one that cannot be is failed before this returns.
    func ask(_ job: StoreJob) {
        let (state, isKnown) = shared.withLock { ($0.state, $0.isKnown) }
        if isKnown, state.kind != .ready { return job.fail(.away(state)) }
        if !jobs.add(job) { job.fail(.busy) }
    }

    /// The same when nobody else asks.
    func askInBackground(_ job: StoreJob) {
        if !jobs.addToBackground(job) { job.fail(.busy) }
    }

    /// The store's location, which may have to be resolved first: by a thread that may block.
    func location() throws(StoreError) -> StoreLocation {
        if let known = shared.withLock({ $0.location }) { return known }
        let made = try StoreLocation(text)
        shared.withLock { $0.location = $0.location ?? made }
        return made
    }

    // MARK: A thread

    private func loop() {
        var reader: (any StoreReader)?
        var backoff = Backoff(firstMs: 250, capMs: 5_000)
        var nextMs = clock.monotonicMs()
        while !stop.isRequested {
            if clock.monotonicMs() >= nextMs {
                reader = look(at: reader)
                if reader != nil { backoff.reset() }
                nextMs = clock.monotonicMs() + (reader == nil ? backoff.next() : ReaderPool.lookMs)
            }
            let waitMs = max(nextMs - clock.monotonicMs(), 1)
            guard let job = jobs.next(waitMs: waitMs) else { continue }
            guard job.isWanted() else {
                job.fail(.notWanted)
                continue
            }
            // Another thread has found the store again.
            if reader == nil, state.kind == .ready { reader = look(at: nil) }
            if let open = reader { reader = run(job, open) } else { job.fail(.away(state)) }
            if reader == nil { nextMs = min(nextMs, clock.monotonicMs() + backoff.next()) }
        }
    }

    /// Looks whether an open store is still the same, and opens one where none is.
    private func look(at reader: (any StoreReader)?) -> (any StoreReader)? {
        if let reader {
            do throws(StoreError) {
                try reader.check()
                note(ready: reader)
                return reader
            } catch {
                if case .replaced = error {
                } else {
                    note(away: error)
                    return nil
                }
            }
        }
        do throws(StoreError) {
            let opened = try location().openReader()
            note(ready: opened)
            return opened
        } catch {
            note(away: error)
            return nil
        }
    }

    /// - Returns: the reader to go on with; nil where there is none.
    private func run(_ job: StoreJob, _ reader: any StoreReader) -> (any StoreReader)? {
        do throws(StoreError) {
            try job.run(reader)
            return reader
        } catch {
            switch error {
            case .badQuery(let reason), .badLocation(let reason):
                job.fail(.badQuestion(reason))
                return reader
            case .notWanted:
                job.fail(.notWanted)
                return reader
            case .replaced: return runAgain(job)
            case .missing, .away, .fatal:
                note(away: error)
                job.fail(.away(state))
                return nil
            }
        }
    }

    /// The store was another one: asks the one that is there now.
    private func runAgain(_ job: StoreJob) -> (any StoreReader)? {
        guard let reader = look(at: nil) else {
            job.fail(.away(state))
            return nil
        }
        do throws(StoreError) {
            try job.run(reader)
            return reader
        } catch {
            if case .badQuery(let reason) = error {
                job.fail(.badQuestion(reason))
                return reader
            }
            if case .notWanted = error {
                job.fail(.notWanted)
                return reader
            }
            note(away: error)
            job.fail(.away(state))
            return nil
        }
    }

    // MARK: What is known

    private func note(ready reader: any StoreReader) {
        let bytes = reader.byteCount
        let now = clock.wallMs()
        let wasAway = shared.withLock { shared in
            let wasAway = shared.state.kind != .ready
            shared.isKnown = true
            if wasAway { (shared.state.kind, shared.state.since, shared.state.reason) = (.ready, now, nil) }
            shared.state.bytes = bytes
            return wasAway
        }
        if wasAway { context.log.info("the store is ready", ["store": StoreLocation.shown(text)]) }
    }

    private func note(away error: StoreError) {
        let reason =
            if case .missing(let what) = error { "\(what) yet: start a sink that writes it" } else { error.description }
        let now = clock.wallMs()
        let isNews = shared.withLock { shared in
            let isNews = shared.state.kind == .ready || !shared.isKnown
            shared.isKnown = true
            if shared.state.kind == .ready { (shared.state.kind, shared.state.since) = (.away, now) }
            shared.state.reason = reason
            shared.state.bytes = nil
            return isNews
        }
        if isNews { context.log.warning("the store is away", ["store": StoreLocation.shown(text), "reason": reason]) }
    }
}
