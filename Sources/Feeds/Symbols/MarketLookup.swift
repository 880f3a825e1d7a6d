internal import CryptoCore
package import NetClient
internal import System

/// Asks venues for their lists of markets, all of them at once.
package struct MarketLookup {
    /// A venue to ask, and where.
    package struct Question: Sendable {
        package var lister: any MarketLister
        /// Where to ask instead of the venue's own address.
        package var endpoint: Endpoint?

        package init(_ lister: any MarketLister, endpoint: Endpoint? = nil) {
            self.lister = lister
            self.endpoint = endpoint
        }
    }

    /// Why a list cannot be had.
    package struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        package let source: String
        package let reason: String

        package init(source: String, reason: String) {
            self.source = source
            self.reason = reason
        }

        /// One line.
        package var description: String { "the markets of \(source) cannot be had: \(reason)" }
    }

    /// No venue has more pages than this.
    private static let maximumPages = 100

    private struct Progress {
        var request: HTTPClient.RequestID?
        var markets: [ListedMarket] = []
        var pages = 0
        var result: Result<[ListedMarket], Failure>?
    }

    private let questions: [Question]
    private let client = HTTPClient()
    private var progress: [Progress]

    private init(_ questions: [Question]) {
        self.questions = questions
        progress = questions.map { _ in Progress() }
    }

    /// The venues' lists in the order of the questions, each sorted by symbol.
    ///
    /// *Thread*: blocks until all are there, `deadlineMs` is over or `isStopped` says so.
    package static func lists(
        _ questions: [Question], deadlineMs: Int64, until isStopped: () -> Bool
    ) -> [Result<[ListedMarket], Failure>] {
        var lookup = MarketLookup(questions)
        let end = SystemClock().monotonicMs() + deadlineMs
        for index in questions.indices { lookup.ask(index, cursor: nil) }
        while lookup.progress.contains(where: { $0.result == nil }) {
            let leftMs = end - SystemClock().monotonicMs()
            if leftMs <= 0 || isStopped() { break }
            for (id, result) in lookup.client.poll(waitMs: Int32(clamping: min(100, leftMs))) {
                guard let index = lookup.progress.firstIndex(where: { $0.request == id }) else { continue }
                lookup.take(result, index)
            }
        }
        let reason = isStopped() ? "stopped" : "no whole answer within \(deadlineMs) ms"
        return zip(questions, lookup.progress).map { question, progress in
            progress.result ?? .failure(Failure(source: question.lister.profile.source, reason: reason))
        }
    }

    // MARK: Parts

    private mutating func ask(_ index: Int, cursor: String?) {
        let question = questions[index]
        do throws(TransportError) {
            progress[index].request = try client.start(
                question.lister.request(cursor: cursor), endpoint: question.endpoint)
        } catch {
            fail(index, error.description)
        }
    }

    private mutating func take(_ result: Result<HTTPReply, TransportError>, _ index: Int) {
        progress[index].request = nil
        switch result {
        case .failure(let error): fail(index, error.description)
        case .success(let reply):
            do throws(DecodeError) {
                switch try questions[index].lister.decode(VenueResponse(reply)) {
                case .refused(let refusal): fail(index, MarketLookup.reason(refusal))
                case .page(let markets, let next): add(markets, next, index)
                }
            } catch {
                fail(index, "the answer is none: \(error)")
            }
        }
    }

    private mutating func add(_ markets: [ListedMarket], _ next: String?, _ index: Int) {
        progress[index].markets += markets
        progress[index].pages += 1
        if let next, progress[index].pages < MarketLookup.maximumPages {
            ask(index, cursor: next)
        } else {
            progress[index].result = .success(progress[index].markets.sorted { $0.symbol < $1.symbol })
        }
    }

    private mutating func fail(_ index: Int, _ reason: String) {
        progress[index].result = .failure(
            Failure(source: questions[index].lister.profile.source, reason: reason))
    }

    private static func reason(_ refusal: VenueRefusal) -> String {
        switch refusal {
        case .rateLimited(let waitMs?): "too many requests, the venue asks for \((waitMs + 999) / 1000) s"
        case .rateLimited(nil): "too many requests"
        case .forbidden(let reason), .failed(let reason): reason
        }
    }
}
