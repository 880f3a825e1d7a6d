package import CryptoCore

/// What an answer about prices held.
package enum PriceAnswer: Equatable, Sendable {
    /// How many quotes were new; the symbols that were asked for and not answered, or without a price.
    case prices(new: Int, missing: [String])
    /// Nothing. `.forbidden` is about the symbols: another question, without one of them, may be answered.
    case refused(VenueRefusal)
}

/// A venue that is asked for prices again and again: questions to requests, answers to quotes. Pure.
///
/// A question is a list of symbols that one request asks for; an empty one leaves it to the venue which they are.
package protocol PriceVenue: Sendable {
    var profile: VenueProfile { get }
    /// Two requests are at least this far apart, so that the venue's limit is kept. *Units*: ms.
    var spacingMs: Int64 { get }
    /// What is asked once an interval.
    var questions: [[String]] { get }

    /// How many markets are wanted, where the venue's answers decide which; nil where the questions name them.
    var top: Int? { get }

    func request(_ question: [String]) -> VenueRequest

    /// The symbols that an answer to the question is about, as far as is known.
    func symbols(of question: [String]) -> [String]

    /// Reads an answer and writes a quote for each symbol whose price is newer than what was written before.
    /// - Throws: the body of a good answer is not what the venue sends; then nothing was written.
    mutating func decode(
        _ response: VenueResponse, _ question: [String], receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> PriceAnswer

    /// Asks for a symbol's prices of so long up to now; nil where the venue keeps none. *Units*: ms.
    func pastRequest(_ symbol: String, lengthMs: Int64) -> VenueRequest?

    /// Reads the answer and writes a quote for each price from `sinceMs` on that is newer than what was written before, the
    /// oldest first.
    /// - Throws: the body of a good answer is not what the venue sends; then nothing was written.
    func decodePast(
        _ response: VenueResponse, _ symbol: String, sinceMs: Int64, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> PriceAnswer
}

extension PriceVenue {
    package var top: Int? { nil }

    package func symbols(of question: [String]) -> [String] { question }

    package func pastRequest(_ symbol: String, lengthMs: Int64) -> VenueRequest? { nil }

    package func decodePast(
        _ response: VenueResponse, _ symbol: String, sinceMs: Int64, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> PriceAnswer {
        .prices(new: 0, missing: [])
    }
}
