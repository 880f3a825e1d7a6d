package final class FrameRecorder: Sendable {
    package func connected(_ connection: String, address: String, wallMs: Int64) {}
    package func received(_ connection: String, _ bytes: RawSpan, wallMs: Int64) {}
    package func answered(_ connection: String, _ request: VenueRequest, _ response: VenueResponse, wallMs: Int64) {}
}
