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

    /// What it runs with inside `pipeline`, where the other services are known later.
    /// - Throws: a token's file that cannot be read, or holds none.
    package init(inPipeline settings: Settings) throws(UsageError) {
        services = []
        token = try settings[DashboardFlags.tokenFile].map(DashboardConfiguration.token)
        pageFolder = settings[DashboardFlags.page]
    }

    /// All other services of the process answer at this address.
    package mutating func find(servicesAt address: String, hasModels: Bool, hasRules: Bool) {
        inference = hasModels ? address : nil
        alerter = hasRules ? address : nil
        services = [ServiceAddress(name: "pipeline", url: address)]
    }

    private static func token(in file: String) throws(UsageError) -> String {
        let words = try FileContent.text(of: file, flag: "token-file").split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw UsageError(["--token-file: \(file) must hold one token of visible ASCII characters"])
        }
        return String(words[0])
    }
}
