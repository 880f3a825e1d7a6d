internal import NetClient
internal import System

/// Sends a venue one request after the other, and tells the recorder what it answers.
struct VenueClient: ~Copyable {
    typealias Answer = (result: Result<VenueResponse, TransportError>, at: Moment)

    private let http = HTTPClient()
    /// Where to ask instead of the venue's own address.
    private let endpoint: Endpoint?
    /// Is given every answer, under the name of this feed.
    private let recorder: (Recorder, name: String)?
    private var underWay: (id: HTTPClient.RequestID, request: VenueRequest)?

    init(_ endpoint: Endpoint?, recorder: (Recorder, name: String)?) {
        self.endpoint = endpoint
        self.recorder = recorder
    }

    /// Whether an answer is awaited.
    var isAwaiting: Bool { underWay != nil }

    /// - Throws: it cannot be sent.
    mutating func send(_ request: VenueRequest) throws(TransportError) {
        underWay = (try http.start(request, endpoint: endpoint), request)
    }

    /// What has come of the last request, and when; nil while it is under way.
    /// - Parameter waitMs: waits at most so long for it. *Units*: ms.
    mutating func take(waitMs: Int64, _ clock: some WaitingClock) -> Answer? {
        guard let underWay else { return nil }
        for (id, result) in http.poll(waitMs: Int32(clamping: waitMs)) where id == underWay.id {
            self.underWay = nil
            let now = Moment(monotonic: clock.monotonicMs(), wall: clock.wallMs())
            let answer = result.map { VenueResponse($0) }
            if let recorder, case .success(let response) = answer {
                recorder.0.answered(recorder.name, underWay.request, response, wallMs: now.wall)
            }
            return (answer, now)
        }
        return nil
    }
}
