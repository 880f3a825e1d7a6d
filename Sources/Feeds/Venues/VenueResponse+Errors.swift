internal import CryptoCore

/// What venues' answers say when they hold nothing of what was asked for.
extension VenueResponse {
    /// An error as most venues write it: an object with a code, a text, or both.
    struct Problem: Equatable {
        var code: Int64?
        var text: String?

        private static let codes: [StaticString] = ["code", "retCode", "error_code"]
        private static let texts: [StaticString] = ["msg", "message", "retMsg", "error", "error_message"]

        /// Reads an object, and the one that is its `status`; what lies deeper is skipped, as the scanner bounds its depth.
        fileprivate mutating func read(
            _ scanner: inout JSONScanner, _ bytes: RawSpan, isStatus: Bool = false
        ) throws(DecodeError) {
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                if Problem.codes.contains(where: { key.equals($0, in: bytes) }) {
                    code = Int64(try scanner.fieldText(bytes).string(in: bytes)) ?? code
                } else if Problem.texts.contains(where: { key.equals($0, in: bytes) }) {
                    text = bytes.words(try scanner.fieldString(bytes)) ?? text
                } else if !isStatus, key.equals("status", in: bytes), try scanner.peek(bytes) == .object {
                    try read(&scanner, bytes, isStatus: true)
                } else {
                    try scanner.skipValue(bytes)
                }
            }
        }
    }

    /// The error in the body, under any of the venues' names for its parts: `{"code":-1121,"msg":".."}`, `{"message":".."}`,
    /// `{"retCode":10001,"retMsg":".."}`, `{"error":".."}`, `{"status":{"error_code":429,"error_message":".."}}`; nil for anything
    /// else.
    var problem: Problem? {
        do throws(DecodeError) {
            return try readProblem(body.span.bytes)
        } catch {
            return nil
        }
    }

    private func readProblem(_ bytes: RawSpan) throws(DecodeError) -> Problem? {
        var scanner = JSONScanner()
        guard try scanner.peek(bytes) == .object else { return nil }
        var problem = Problem()
        try problem.read(&scanner, bytes)
        try scanner.end(bytes)
        return problem == Problem() ? nil : problem
    }

    /// Too many requests, by the HTTP status: 429; 418 where a venue bans who ignored that; 503 that says for how long.
    var rateLimit: VenueRefusal? {
        switch status {
        case 418, 429: .rateLimited(waitMs: retryAfterMs)
        case 503 where retryAfterMs != nil: .rateLimited(waitMs: retryAfterMs)
        default: nil
        }
    }

    /// One line about an answer with this status: what the venue says, else the status alone.
    func reason(_ problem: Problem?) -> String {
        let said = problem.flatMap { problem -> String? in
            let code = problem.code.map { "code \($0)" }
            let parts = [problem.text, code].compactMap { $0 }
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        }
        if status == 200 { return said ?? "no data" }
        // A refusal in front of the venue says in words of a page whom it does not serve.
        let words = status == 403 || status == 451 ? said ?? pageWords : said
        return ["HTTP status \(status)", words].compactMap { $0 }.joined(separator: ": ")
    }

    /// The first words of a page, or of a text, in the venue's place: without its tags, on one line; nil where there are none.
    var pageWords: String? {
        var words = ""
        var isTag = false
        for character in String(decoding: body.prefix(4096), as: UTF8.self) where words.utf8.count < 250 {
            switch character {
            case "<": isTag = true
            case ">" where isTag:
                isTag = false
                words += words.last == " " ? "" : " "
            case _ where isTag: break
            case _ where character.isWhitespace: words += words.last == " " ? "" : " "
            default: words.append(character)
            }
        }
        let text = words.drop { $0 == " " }
        return text.isEmpty ? nil : String(text.last == " " ? text.dropLast() : text)
    }

    /// Whether the answer says that the venue does not serve the country that it is asked from.
    var isOfCountry: Bool {
        let words = (problem?.text ?? pageWords ?? "").lowercased()
        return status == 451
            || status == 403
                && ["country", "region", "jurisdiction", "restricted location"].contains { words.contains($0) }
    }

    /// The refusal of an answer that is no success, for a venue whose errors carry no code that matters: a client's error with
    /// a JSON body will not go away, a page of something in front of the venue will.
    func usualRefusal() -> VenueRefusal? {
        if let rateLimit { return rateLimit }
        if status == 200 { return nil }
        let problem = problem
        let isFinal = (400..<500).contains(status) && status != 408 && problem != nil
        return isFinal ? .forbidden(reason(problem)) : .failed(reason(problem))
    }

    /// The refusal of an answer that is no success, for a venue whose errors carry codes; code 0 is a success.
    ///
    /// - Parameters:
    ///   - limits: codes that mean too many requests.
    ///   - waitMs: how long to wait then, where the answer does not say. *Units*: ms.
    ///   - verdicts: codes that mean that it will not work however often it is tried.
    ///   - statuses: HTTP statuses that mean so, too.
    func refusal(
        limits: Set<Int64>, waitMs: Int64? = nil, verdicts: Set<Int64> = [], statuses: Set<Int> = []
    ) -> VenueRefusal? {
        if let rateLimit { return rateLimit }
        let problem = problem
        if let code = problem?.code, limits.contains(code) { return .rateLimited(waitMs: retryAfterMs ?? waitMs) }
        if status == 200, problem == nil || problem?.code == 0 { return nil }
        let isFinal = statuses.contains(status) || problem?.code.map(verdicts.contains) == true
        return isFinal ? .forbidden(reason(problem)) : .failed(reason(problem))
    }
}
