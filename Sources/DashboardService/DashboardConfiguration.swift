package import ServiceKit

/// What the dashboard runs with.
package struct DashboardConfiguration: Sendable {
    /// Where history is read from; nil: there is none.
    package var store: String?
    /// Where the inference service answers, without a slash at its end; nil: there is none.
    package var inference: String?
    /// Where the alerter answers, without a slash at its end; nil: there is none.
    package var alerter: String?
    /// The services whose health is shown.
    var services: [ServiceAddress]
    /// What clients of `/api` have to give; nil: nothing.
    var token: String?
    /// Where the page's files lie; nil: where they came with the program.
    var pageFolder: String?

    /// - Throws: a token's file that cannot be read, or holds none.
    package init(_ settings: Settings) throws(UsageError) {
        let store = settings[DashboardFlags.store]
        self.store = store == DashboardFlags.none ? nil : store
        inference = ServiceAddress.trimmed(settings[DashboardFlags.inference])
        alerter = ServiceAddress.trimmed(settings[DashboardFlags.alerter])
        let named = settings[DashboardFlags.services].compactMap { ServiceAddress($0) }
        services = named.isEmpty ? ServiceAddress.usual : named
        token = try settings[DashboardFlags.tokenFile].map(DashboardConfiguration.token)
        pageFolder = settings[DashboardFlags.page]
    }

    /// What it runs with inside `pipeline`.
    /// - Parameters:
    ///   - store: the first that can be read; nil: there is none.
    ///   - address: where all other services of the process answer.
    ///   - hasModels: whether the inference service is among them.
    ///   - hasRules: whether the alerter is.
    package init(
        _ settings: Settings, store: String?, servicesAt address: String, hasModels: Bool, hasRules: Bool
    ) throws(UsageError) {
        self.store = store
        inference = hasModels ? address : nil
        alerter = hasRules ? address : nil
        services = [ServiceAddress(name: "pipeline", url: address)]
        token = try settings[DashboardFlags.tokenFile].map(DashboardConfiguration.token)
        pageFolder = settings[DashboardFlags.page]
    }

    private static func token(in file: String) throws(UsageError) -> String {
        switch FileContent.read(file) {
        case .absent: throw UsageError(["--token-file: there is no file \(file)"])
        case .unreadable(let reason): throw UsageError(["--token-file: \(file): \(reason)"])
        case .bytes(let bytes):
            let token = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard token.count == 1, token[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw UsageError(["--token-file: \(file) must hold one token of visible ASCII characters"])
            }
            return String(token[0])
        }
    }
}
