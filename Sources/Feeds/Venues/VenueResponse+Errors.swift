internal import CryptoCore

/// What venues' answers say when they hold nothing of what was asked for.
extension VenueResponse {
    /// An error as most venues write it: an object with a code, a text, or both.
    struct Problem: Equatable {
        var code: Int64?
        var text: String?
    }

    /// The error in the body: `{"code":-1121,"msg":".."}`, `{"message":".."}`, `{"retCode":10001,"retMsg":".."}`,
    /// `{"error":".."}`; nil for anything else.
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
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            let kind = try scanner.peek(bytes)
            if kind == .number, key.equals("code", in: bytes) || key.equals("retCode", in: bytes) {
                problem.code = try scanner.integer(bytes)
            } else if kind == .string, VenueResponse.isText(key, bytes) {
                problem.text = try scanner.string(bytes).string(in: bytes)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        return problem == Problem() ? nil : problem
    }

    private static func isText(_ key: JSONText, _ bytes: RawSpan) -> Bool {
        key.equals("msg", in: bytes) || key.equals("message", in: bytes) || key.equals("retMsg", in: bytes)
            || key.equals("error", in: bytes)
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
}
