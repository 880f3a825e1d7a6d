internal import Synchronization

/// The answer to a request that another thread gives. Only the first one counts, and one that comes too late is dropped.
///
/// *Thread*: any.
package final class PendingAnswer: Sendable {
    let ticket: UInt64
    private let inbox: AnswerInbox
    private let isCompressed: Bool
    private let isOpen = Atomic<Bool>(true)
    private let hasClientEnded = Atomic<Bool>(false)

    init(ticket: UInt64, inbox: AnswerInbox, isCompressed: Bool) {
        self.ticket = ticket
        self.inbox = inbox
        self.isCompressed = isCompressed
    }

    /// Whether an answer is still taken: none was given, and the time is not up.
    package var isWanted: Bool { isOpen.load(ordering: .acquiring) }

    /// The same of a client that has not ended its side since it began to wait. One that has, has most likely left, which TCP does not
    /// tell from one that only sends no more and would still get an answer: what takes long need not be done for it.
    package var isAwaited: Bool { isWanted && !hasClientEnded.load(ordering: .acquiring) }

    /// Answers the client.
    package func send(_ response: HTTPResponse) {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        inbox.put(ticket, isCompressed ? response.compressed() : response)
    }

    /// The client sends nothing more.
    func noteClientEnded() { hasClientEnded.store(true, ordering: .releasing) }

    /// Nobody waits any more.
    func drop() { isOpen.store(false, ordering: .releasing) }
}

/// Where answers lie until the server takes them. *Thread*: any.
final class AnswerInbox: Sendable {
    private let answers = Mutex<[(UInt64, HTTPResponse)]>([])
    private let waker: Waker

    init(_ waker: Waker) { self.waker = waker }

    func put(_ ticket: UInt64, _ response: HTTPResponse) {
        answers.withLock { $0.append((ticket, response)) }
        waker.wake()
    }

    /// All that have come since the last time.
    func takeAll() -> [(UInt64, HTTPResponse)] {
        answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }
}
