package import CryptoCore
package import HTTPServer
package import ServiceRuntime
internal import Storage
internal import System

/// What the store holds, over HTTP: everything under `/api` and `/udf` that is answered from it.
///
/// Requests are read on the server's thread and answered by the threads of a pool, a page of rows at a time; nothing is kept in memory
/// but the list of series. *Thread*: any.
package struct HistoryRoutes: Sendable {
    /// How long a client waits for the store. *Units*: ms.
    package static let patienceMs: Int64 = 10_000

    private let readers: ReaderPool?
    private let desk: QuestionDesk?
    private let listing: StoreListing
    private let beganMs = SystemClock().wallMs()

    /// - Parameters:
    ///   - store: what `--store` says; nil for none.
    ///   - live: the series that are live now.
    /// - Throws: a text that names no store that can be read, with how to mend it.
    package init(
        _ context: ServiceContext, store: String?, live: @escaping @Sendable () -> [Series] = { [] }
    ) throws {
        if let store, let problem = HistoryRoutes.problem(in: store) { throw StoreError.badLocation(problem) }
        readers = store.map { ReaderPool(context, store: $0) }
        desk = readers.map(QuestionDesk.init)
        listing = StoreListing(live: live)
    }

    /// What is wrong with a text that names the store to be read; nil when it can be one.
    package static func problem(in store: String) -> String? {
        if let problem = StoreLocation.problem(in: store) { return problem }
        guard store.hasPrefix("csv:") else { return nil }
        return "must be a store that can be read, sqlite:FILE or mongodb://HOST/DATABASE: CSV files can only be written"
    }

    /// Whether history can be read now.
    package var state: StoreState {
        readers?.state ?? StoreState(kind: .none, since: beganMs, reason: StoreState.noStore)
    }

    /// Opens the store, now and again until it is there.
    package func start() {
        readers?.start()
        desk?.start()
    }

    /// Ends the threads; questions that wait are answered with 503.
    package func close() {
        desk?.close()
        readers?.close()
    }

    /// Tells the final minutes of series between two times, oldest first, page by page, on a thread of the pool; questions of clients
    /// go before it.
    /// - Parameters:
    ///   - series: nil for all that the store has.
    ///   - tell: is called with minutes of one series at a time.
    ///   - end: is called once, with why there are no more; nil when all were told.
    package func minutes(
        of series: [Series]? = nil, from: Int64, to: Int64, tell: @escaping @Sendable (Series, [Candle]) -> Void,
        end: @escaping @Sendable (String?) -> Void
    ) {
        guard let readers else { return end(StoreState.noStore) }
        MinuteWalk(readers, series, from..<max(from, to), tell: tell) { outcome in
            if case .away(let reason) = outcome { end(reason) } else { end(nil) }
        }.goOn()
    }

    // MARK: Routes

    /// Everything that is answered from the store.
    package var routes: [HTTPRoute] { apiRoutes.map(\.route) }

    /// The same with what the document says of it.
    var apiRoutes: [APIRoute] {
        let listing = listing
        return [
            question(.candles, CandlesQuestion.init), question(.rows, RowsQuestion.init),
            question(.medians, MediansQuestion.init), question(.gaps, GapsQuestion.init),
            question(.market, MarketQuestion.init),
            question(.series) { _, _ in Listing { reader throws(StoreError) in try listing.answer(reader) } },
            question(.tables) { _, _ in Listing(read: StoreListing.tables) },
            .now(.store) { storeResponse },
            questions, query,
            .now(.udfConfig) { UDF.config },
            .now(.udfTime) { .text(String(SystemClock().wallMs() / 1_000)) },
            question(.udfSymbols, UDFSymbol.init, form: .udf), question(.udfSearch, UDFSearch.init, form: .udf),
            question(.udfHistory, UDFHistory.init, form: .udf),
        ]
    }

    /// A route whose question a thread of the pool answers.
    private func question<Question: StoreAnswering>(
        _ endpoint: Endpoint, _ read: @escaping @Sendable (AskedValues, Int64) throws(HTTPError) -> Question,
        form: ErrorForm = .api
    ) -> APIRoute {
        let late: @Sendable () -> HTTPResponse = { form.late(afterMs: HistoryRoutes.patienceMs) }
        return .later(endpoint, patienceMs: HistoryRoutes.patienceMs, otherwise: late) {
            [self] (request, _, answer) throws(HTTPError) in
            let question: Question
            do throws(HTTPError) {
                question = try read(try AskedValues(request, endpoint), SystemClock().wallMs())
            } catch {
                guard case .badRequest(let reason) = error else { throw error }
                return answer.send(form.response(reason, status: 400))
            }
            guard let readers else { return answer.send(form.response(state)) }
            readers.ask(
                StoreJob(
                    isWanted: { answer.isAwaited },
                    run: { reader throws(StoreError) in
                        answer.send(try question.answer(WantedReader(reader) { answer.isAwaited }))
                    },
                    fail: { answer.send(form.response($0)) }))
        }
    }

    /// `POST /api/query`: a question in the store's own language.
    private var query: APIRoute {
        .later(
            .query, patienceMs: QuestionDesk.patienceMs,
            otherwise: { QuestionDesk.tooSlow(ms: QuestionDesk.patienceMs) }
        ) { [self] (_, body, answer) throws(HTTPError) in
            let asked = try AskedQuestion(body)
            guard let desk else { return answer.send(ErrorForm.api.response(state)) }
            desk.ask(asked, answer)
        }
    }

    /// `GET /api/questions`: those that are saved.
    private var questions: APIRoute {
        question(.questions) { [self] _, _ in
            Listing { _ throws(StoreError) in
                var json = JSONWriter(reservingBytes: 8_192)
                json.beginObject()
                json.key("questions")
                json.beginArray()
                for saved in try readers?.location().savedQuestions ?? [] { saved.write(to: &json) }
                json.endArray()
                json.endObject()
                return .json(json.bytes)
            }
        }
    }

    /// `GET /api/store`: what kind of store it is, where, and whether it can be read.
    private var storeResponse: HTTPResponse {
        var json = JSONWriter(reservingBytes: 256)
        let state = state
        json.beginObject()
        if let location = state.location {
            json.field("kind", location.hasPrefix("sqlite:") ? "sqlite" : "mongodb")
            json.field("location", location)
        } else {
            json.field("kind", "none")
        }
        json.field("state", state.kind.rawValue)
        json.field("since", state.since)
        if let reason = state.reason { json.field("reason", reason) }
        if let bytes = state.bytes { json.field("bytes", bytes) }
        json.endObject()
        return .json(json.bytes)
    }
}

/// A question without values of its own.
private struct Listing: StoreAnswering {
    let read: @Sendable (any StoreReader) throws(StoreError) -> HTTPResponse

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        try read(reader)
    }
}
