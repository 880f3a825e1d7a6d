internal import NetClient

/// A service that the dashboard looks after: its name and where its health and metrics answer.
struct ServiceAddress: Equatable, Sendable {
    let name: String
    /// Without a slash at its end.
    let url: String

    /// The services on the ports they have when nobody says otherwise.
    static let usual = [
        ServiceAddress(name: "producer", url: "http://127.0.0.1:9101"),
        ServiceAddress(name: "processor", url: "http://127.0.0.1:9102"),
        ServiceAddress(name: "sink", url: "http://127.0.0.1:9103"),
        ServiceAddress(name: "inference", url: "http://127.0.0.1:8000"),
        ServiceAddress(name: "alerter", url: "http://127.0.0.1:9104"),
    ]

    init(name: String, url: String) {
        self.name = name
        self.url = ServiceAddress.trimmed(url)
    }

    /// - Parameter text: `NAME=URL`.
    init?(_ text: String) {
        guard ServiceAddress.problem(in: text) == nil, let sign = text.firstIndex(of: "=") else { return nil }
        self.init(name: String(text[..<sign]), url: String(text[text.index(after: sign)...]))
    }

    /// What is wrong with a text that should be NAME=URL; nil where it is one.
    static func problem(in text: String) -> String? {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
            return "must be NAME=URL, such as producer=http://127.0.0.1:9101"
        }
        return HTTPClient.problem(inAddress: String(text[text.index(after: sign)...]))
    }

    static func trimmed(_ url: String) -> String {
        var url = Substring(url)
        while url.hasSuffix("/") { url = url.dropLast() }
        return String(url)
    }
}
