internal import Synchronization

/// The answer to a request that another thread gives. Only the first one counts, and one that comes too late is dropped.
///
/// *Thread*: any.
package final class PendingAnswer: Sendable {
    let ticket: UInt64
    private let inbox: AnswerInbox
    private let isOpen = Atomic<Bool>(true)

    init(ticket: UInt64, inbox: AnswerInbox) {
        self.ticket = ticket
        self.inbox = inbox
    }

    /// Whether an answer is still taken: none was given, and the time is not up. Of a client that leaves nothing is heard before.
    package var isWanted: Bool { isOpen.load(ordering: .acquiring) }

    /// Answers the client.
    package func send(_ response: HTTPResponse) {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        inbox.put(ticket, response)
    }

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
