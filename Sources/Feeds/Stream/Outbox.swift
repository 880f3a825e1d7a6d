/// Messages to a venue that go out in order, no faster than it allows. Pure.
struct Outbox {
    /// Two messages are at least this far apart. *Units*: ms.
    private let spacingMs: Int64
    private var messages: [(text: String, request: Int?)] = []
    private var sentMs: Int64?

    init(spacingMs: Int64) { self.spacingMs = spacingMs }

    var isEmpty: Bool { messages.isEmpty }

    /// A new connection stands, to which nothing was sent yet.
    mutating func begin(with greeting: [String]) {
        messages = greeting.map { ($0, nil) }
        sentMs = nil
    }

    /// - Parameter request: the number of the subscribe request that the message is.
    mutating func add(_ text: String, request: Int? = nil) { messages.append((text, request)) }

    /// The messages that may be sent now.
    mutating func takeDue(at now: Moment) -> [(text: String, request: Int?)] {
        guard spacingMs > 0 else {
            defer { messages.removeAll() }
            return messages
        }
        guard let next = messages.first, sentMs.map({ now.monotonic - $0 >= spacingMs }) ?? true else { return [] }
        sentMs = now.monotonic
        messages.removeFirst()
        return [next]
    }
}
