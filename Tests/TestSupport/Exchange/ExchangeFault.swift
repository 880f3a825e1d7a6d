/// What can go wrong at an exchange, or on the way to it.
public enum ExchangeFault: Equatable, Sendable {
    // Connections that stand.

    /// Cuts the line (RST).
    case cut
    /// Closes it as a server does that is restarted.
    case close
    /// Sends a part of a frame, then cuts.
    case halfFrame
    /// Says nothing any more, but keeps the line.
    case stall
    /// The next frame with trades breaks off in its JSON.
    case halfJSON
    /// Sends what is no message at all, beside the others.
    case rubbish
    /// Sends so many of the last trades again.
    case oldData(Int)
    /// So many of the next frames with trades are lost on the way.
    case missing(Int)
    /// So many of the next frames come twice.
    case doubled(Int)

    // The market.

    /// The venue's clock is wrong for one trade of each symbol. *Units*: ms.
    case timeTravel(Int64)
    /// So many trades at once.
    case burst(Int)

    // The next connections.

    /// Refuses so many handshakes. *Units*: seconds.
    case refuse(status: Int, retryAfter: Int?, times: Int)
    /// Answers a handshake with a page.
    case page
    /// Never answers a handshake.
    case silentHandshake
    /// Answers a handshake with what is no HTTP.
    case noHTTP
    /// Takes the connection, but says nothing on it.
    case deaf

    // The next answers over REST.

    /// Refuses so many requests. *Units*: seconds.
    case restRefuse(status: Int, retryAfter: Int?, times: Int)
    /// Answers so many requests with a page, status 200.
    case restPage(Int)
    /// Answers so many requests with JSON that breaks off.
    case restHalfJSON(Int)
    /// Answers so many requests with an empty list.
    case restEmpty(Int)
    /// Answers so many requests late. *Units*: ms.
    case restSlow(ms: Int32, times: Int)
    /// Cuts the line in the middle of so many answers.
    case restCut(Int)

    enum Target { case connection, market, handshake, rest }

    var target: Target {
        switch self {
        case .cut, .close, .halfFrame, .stall, .halfJSON, .rubbish, .oldData, .missing, .doubled: .connection
        case .timeTravel, .burst: .market
        case .refuse, .page, .silentHandshake, .noHTTP, .deaf: .handshake
        case .restRefuse, .restPage, .restHalfJSON, .restEmpty, .restSlow, .restCut: .rest
        }
    }

    /// How many connections or answers it is for.
    var times: Int {
        switch self {
        case .refuse(_, _, let times), .restRefuse(_, _, let times), .restSlow(_, let times): times
        case .restPage(let times), .restHalfJSON(let times), .restEmpty(let times), .restCut(let times): times
        default: 1
        }
    }

    /// What a proxy in front of a venue shows when the venue is ill.
    static let errorPage =
        "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
}
