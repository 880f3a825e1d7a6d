internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import System

/// A question to the store that has been read from a request and checked.
protocol StoreAnswering: Sendable {
    /// Reads and answers, on a thread of the pool.
    /// - Throws: what the reader does: `.notWanted`, within a page, once nobody waits for the answer.
    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse
}

/// How errors are told: as the API does, or as TradingView's front ends want it.
enum ErrorForm: Sendable {
    case api, udf

    func response(_ reason: String, status: Int, away: StoreState? = nil, retry: Bool = false) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 256)
        json.beginObject()
        if self == .udf {
            json.field("s", "error")
            json.field("errmsg", reason)
        }
        json.field("error", reason)
        if let away {
            json.field("away", "store")
            json.field("since", away.since)
        }
        json.endObject()
        return HTTPResponse(
            status: status, contentType: "application/json", body: json.bytes,
            headers: retry ? [("Retry-After", "2")] : [])
    }

    /// Without a store, or while it is away.
    func response(_ state: StoreState) -> HTTPResponse {
        if state.kind == .none { return response(StoreState.noStore, status: 503, away: state) }
        let place = state.location.map { " \($0)" } ?? ""
        return response(
            "the store\(place) is away: \(state.reason ?? "it is being opened")", status: 503, away: state, retry: true)
    }

    func response(_ failure: StoreFailure) -> HTTPResponse {
        switch failure {
        case .badQuestion(let reason): response(reason, status: 400)
        case .away(let state): response(state)
        case .closed: response("the dashboard stops: ask again when it is back", status: 503, retry: true)
        case .notWanted: response("the client ended its side: nobody waits for the answer any more", status: 503)
        case .busy: response("too many questions wait for the store: ask again in a moment", status: 503, retry: true)
        }
    }

    /// The server gives up waiting after so long. *Units*: ms.
    func late(afterMs ms: Int64) -> HTTPResponse {
        response(
            "the store did not answer within \(ms / 1000) s: ask for a shorter span, or again", status: 503, retry: true
        )
    }
}

extension StoreState {
    static let noStore = "there is no history, as the dashboard was started with --store none: name a store"
}

extension JSONWriter {
    /// Appends the names of columns as the member `columns`.
    mutating func columns(_ names: [String]) { field("columns", names) }

    /// Appends a number; null for what JSON has none for, which somebody else must have written to the store.
    mutating func number(_ number: Double) {
        if number.isFinite { value(number) } else { null() }
    }

    /// Appends how long something took since a reading of the monotonic clock in ns.
    mutating func took(since startNs: Int64) {
        field("took_ms", Double((SystemClock().monotonicNs() - startNs) / 10_000) / 100)
    }
}
