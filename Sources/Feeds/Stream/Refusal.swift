/// What a venue's refusal of a subscribe request means.
package enum Refusal: Equatable, Sendable {
    /// A verdict on the market: the venue does not have it, or does not give it to us.
    case market(reason: String)
    /// Words about something else: the venue is busy, or wants fewer messages. The same request may be taken in a moment.
    case passing(reason: String)
    /// The subscription stands already.
    case standing

    /// Reads a venue's words, in any case; what is neither of these is passing.
    /// - Parameters:
    ///   - verdicts: words that say something of the market, in lower case.
    ///   - standing: words that say that the subscription stands, in lower case.
    init(_ words: String?, verdicts: [String], standing: [String] = []) {
        let reason = words ?? "no reason given"
        let plain = reason.lowercased()
        if standing.contains(where: { plain.contains($0) }) {
            self = .standing
        } else if verdicts.contains(where: { plain.contains($0) }) {
            self = .market(reason: reason)
        } else {
            self = .passing(reason: reason)
        }
    }
}
