package import NetClient

/// A question to a venue over HTTP: a GET.
package struct VenueRequest: Sendable, Equatable {
    /// With scheme and host, before any `Endpoint`.
    package var address: String
    package var headers: HTTPHeaders
    /// A larger answer is refused.
    package var bodyBytes: Int
    /// The host is asked for nothing else for so long, where its usual spacing is not enough. *Units*: ms.
    package var pauseMs: Int64 = 0

    package init(_ address: String, headers: HTTPHeaders = [:], bodyBytes: Int = 16 << 20) {
        self.address = address
        self.headers = headers
        self.bodyBytes = bodyBytes
    }
}

/// What a decoder sees of a venue's answer over HTTP. *Units*: `retryAfterMs` ms.
package struct VenueResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var retryAfterMs: Int64?
    package var body: [UInt8]

    package init(status: Int, headers: HTTPHeaders = [:], retryAfterMs: Int64? = nil, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.retryAfterMs = retryAfterMs
        self.body = body
    }

    package init(_ reply: HTTPReply) {
        self.init(
            status: reply.status, headers: reply.headers,
            retryAfterMs: reply.retryAfterSeconds.map {
                min(Int64($0), ReconnectPolicy.longestRetryAfterMs / 1000) * 1000
            }, body: reply.body)
    }
}

/// Why an answer holds nothing of what was asked for.
package enum VenueRefusal: Equatable, Sendable {
    /// Too many requests, whatever the HTTP status says. *Units*: ms; nil where the venue does not say how long.
    case rateLimited(waitMs: Int64?)
    /// This will not work however often it is tried: a key is missing or wrong, or the venue does not have it.
    case forbidden(String)
    /// The venue, or something in front of it, answered with an error: another time it may work.
    case failed(String)
}

extension HTTPClient {
    /// Starts a venue's request, with its own limit of the body; `endpoint` is where to ask instead of the venue.
    /// - Throws: `.badURL`.
    package func start(_ request: VenueRequest, endpoint: Endpoint? = nil) throws(TransportError) -> RequestID {
        var limits = limits
        limits.bodyBytes = request.bodyBytes
        let address = endpoint?.rewrite(request.address) ?? request.address
        return try start(HTTPRequest(address, headers: request.headers, limits: limits))
    }
}
