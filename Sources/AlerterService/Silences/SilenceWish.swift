internal import CryptoCore
internal import ServiceKit

/// A silence that somebody wants, from the command line or over HTTP: what may be wrong with it is said here, once.
struct SilenceWish: Equatable, Sendable {
    /// When it is to be over.
    enum End: Equatable, Sendable {
        /// So long after it begins. *Units*: ms.
        case after(Int64)
        /// *Units*: ms since the epoch.
        case at(Int64)
    }

    /// What is wrong with a part of it.
    struct Unfit: Error, Equatable, CustomStringConvertible {
        let field: String
        let reason: String

        var description: String { "\(field): \(reason)" }
    }

    /// No silence lasts longer, or begins later: whoever wants that has a rule too many. *Units*: ms.
    static let longestMs: Int64 = 3_650 * 86_400_000
    /// *Units*: bytes.
    static let nameLimit = 200
    /// What `by` is where nobody says.
    static let usualName = "somebody"
    /// What `for` is where nobody says; as with `amtool silence add`. *Units*: ms.
    static let usualMs: Int64 = 3_600_000

    var matchers = ""
    /// When it is to begin; nil: at once. *Units*: ms since the epoch.
    var fromMs: Int64?
    var end = End.after(SilenceWish.usualMs)
    var by = SilenceWish.usualName

    /// The silence, if it can be had at this time.
    /// - Throws: the first thing that is wrong.
    func silence(id: String = SilenceWish.newID(), at nowMs: Int64) throws(Unfit) -> Silence {
        if let reason = SilenceWish.problem(inMatchers: matchers) { throw Unfit(field: "matchers", reason: reason) }
        guard (1...SilenceWish.nameLimit).contains(by.utf8.count) else {
            throw Unfit(field: "by", reason: "must be 1 to \(SilenceWish.nameLimit) bytes")
        }
        let latestMs = nowMs + SilenceWish.longestMs
        let fromMs = max(fromMs ?? nowMs, nowMs)
        guard fromMs <= latestMs else { throw Unfit(field: "from", reason: "must be within ten years") }
        let untilMs: Int64
        switch end {
        case .after(let ms):
            guard (1...SilenceWish.longestMs).contains(ms) else {
                throw Unfit(field: "for", reason: "must be more than 0 and at most 3650d")
            }
            untilMs = fromMs + ms
        case .at(let ms):
            guard ms > fromMs else { throw Unfit(field: "until", reason: "must be later than now, and than from") }
            guard ms <= latestMs + SilenceWish.longestMs else {
                throw Unfit(field: "until", reason: "must be within twenty years")
            }
            untilMs = ms
        }
        return Silence(id: id, matchers: matchers, from: fromMs, until: untilMs, by: by)
    }

    /// What is wrong with matchers, and at which column; nil where they can be read.
    static func problem(inMatchers text: String) -> String? {
        do throws(LabelMatcherError) {
            _ = try LabelMatchers(text)
            return nil
        } catch { return error.description }
    }

    /// An id that no other silence has.
    static func newID() -> String { Alert.text(fingerprint: .random(in: 0 ... .max)) }
}

// MARK: JSON

extension SilenceWish {
    /// Longer bodies are refused. *Units*: bytes.
    static let bodyLimit = 8 << 10

    /// Reads `{"matchers":"symbol=\"BTC-USDT\"","for":"2h","from":…,"until":…,"by":"anna"}`: `matchers`, and where they are wanted
    /// `by`, `from` and one of `for` (seconds, or a text with a unit) and `until` (ms since the epoch, as `from`).
    /// - Throws: what is no such object, `field` being `body` where it is not JSON.
    init(json bytes: RawSpan) throws(Unfit) {
        self.init()
        let unknown: String?
        do throws(DecodeError) { unknown = try read(bytes) } catch {
            switch error.reason {
            case .notJSON: throw Unfit(field: "body", reason: "\(error)")
            case .missing(let field): throw Unfit(field: "\(field)", reason: "is missing")
            case .badField(let field, let wanted): throw Unfit(field: "\(field)", reason: "must be \(wanted)")
            }
        }
        if let unknown {
            throw Unfit(
                field: "\(unknown.prefix(40))",
                reason: "is no field of a silence, which has matchers, for or until, from, by")
        }
        if matchers.isEmpty {
            throw Unfit(field: "matchers", reason: #"is missing: which alerts, such as symbol="BTC-USDT""#)
        }
    }

    /// - Returns: the first field that is none of ours.
    private mutating func read(_ bytes: RawSpan) throws(DecodeError) -> String? {
        var scanner = JSONScanner()
        var ends = 0
        var unknown: String?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            switch key.string(in: bytes) {
            case "matchers": matchers = try scanner.text(bytes, of: "matchers")
            case "by": by = try scanner.text(bytes, of: "by")
            case "from": fromMs = try scanner.time(bytes, of: "from")
            case "until":
                end = .at(try scanner.time(bytes, of: "until"))
                ends += 1
            case "for":
                end = .after(try scanner.duration(bytes))
                ends += 1
            case let name:
                unknown = unknown ?? name
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        if ends > 1 { throw DecodeError(.badField("until", "left out where there is for"), at: 0) }
        return unknown
    }
}

extension JSONScanner {
    fileprivate mutating func text(_ bytes: RawSpan, of field: StaticText) throws(DecodeError) -> String {
        guard try peek(bytes) == .string else { throw DecodeError(.badField(field, "a text"), at: at) }
        return try string(bytes).string(in: bytes)
    }

    fileprivate mutating func time(_ bytes: RawSpan, of field: StaticText) throws(DecodeError) -> Int64 {
        let problem = DecodeError(.badField(field, "a whole number of milliseconds since 1970"), at: at)
        guard try peek(bytes) == .number else { throw problem }
        do throws(DecodeError) { return try integer(bytes) } catch { throw problem }
    }

    /// *Units*: ms.
    fileprivate mutating func duration(_ bytes: RawSpan) throws(DecodeError) -> Int64 {
        let error = DecodeError(.badField("for", "seconds, or a text with a unit, such as \"30m\" or \"2h\""), at: at)
        let word: String
        switch try peek(bytes) {
        case .string: word = try string(bytes).string(in: bytes)
        case .number: word = try numberText(bytes).string(in: bytes)
        default: throw error
        }
        guard let ms = Durations.milliseconds(word) else { throw error }
        return ms
    }
}
