/// How often a venue lets one connection speak. Pure. *Units*: ms of one monotonic clock.
struct MessagePace {
    private static let hourMs: Int64 = 3_600_000

    private let spacingMs: Int64
    private let requestsPerHour: Int?
    private var sentMs: Int64?
    /// When each request of the last hour was made, where they are counted.
    private var requestsMs: [Int64] = []

    init(_ limits: VenueProfile.StreamLimits) {
        spacingMs = limits.messageSpacingMs
        requestsPerHour = limits.requestsPerHour
    }

    /// A new connection stands, on which nothing was said.
    mutating func begin() {
        sentMs = nil
        requestsMs.removeAll()
    }

    /// Whether a message may be sent now.
    func allowsMessage(at now: Int64) -> Bool { sentMs.map { now - $0 >= spacingMs } ?? true }

    mutating func noteMessage(at now: Int64) { sentMs = now }

    /// Whether so many subscribe and unsubscribe requests may be made now.
    func allowsRequests(_ count: Int, at now: Int64) -> Bool {
        guard let requestsPerHour else { return true }
        return requestsMs.count { now - $0 < MessagePace.hourMs } + count <= requestsPerHour
    }

    mutating func noteRequest(at now: Int64) {
        guard requestsPerHour != nil else { return }
        requestsMs.removeAll { now - $0 >= MessagePace.hourMs }
        requestsMs.append(now)
    }
}
