internal import CryptoCore

/// The parts of a request's address.
struct QueryURL: Sendable {
    /// All before the query, as it stands.
    let path: Substring
    private let parameters: [Substring]

    init(_ address: String) {
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first ?? ""
        parameters = parts.count > 1 ? parts[1].split(separator: "&") : []
    }

    /// The market that is asked about, as its venue writes it; it stands in the query or in the path.
    var market: String { parameter("symbol") ?? parameter("pair") ?? String(path) }

    /// A parameter's value without percent signs.
    func parameter(_ name: String) -> String? {
        parameters.first { $0.hasPrefix("\(name)=") }.map { PercentText.lenient($0.dropFirst(name.count + 1)) }
    }

    /// A parameter's value, split at its commas.
    func list(_ name: String) -> [String] { parameter(name)?.split(separator: ",").map(String.init) ?? [] }
}
