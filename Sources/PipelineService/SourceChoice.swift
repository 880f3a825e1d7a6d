internal import Feeds
internal import ServiceKit

/// Where the ticks come from when the user does not say: live exchanges where they can be reached, else the shipped sample.
struct SourceChoice {
    /// A small public answer of the default exchange.
    private static let probe = "https://api.bybit.com/v5/market/time"

    let settings: Settings
    let stop: StopFlag
    let log: Log

    /// The settings with a source that works here; says on standard output what it chose.
    /// - Throws: `UsageError` when the sample is wanted and not there.
    func resolve() throws -> Settings {
        if settings.isOn("sample") { return try sample("as --sample asks") }
        guard settings.source(of: "source") == .builtIn else { return settings }
        if isExchangeReachable() {
            print("Live trades of bybit; --source names others.")
            return settings.replacing("source", with: ["bybit"])
        }
        return try sample("as no exchange can be reached from here")
    }

    private func sample(_ reason: String) throws -> Settings {
        let files = SampleFiles.find()
        guard !files.isEmpty else {
            throw UsageError("--sample: there is no config/sample here nor beside the program; run it in a clone")
        }
        print("The recorded sample of config/sample in a loop, \(reason).")
        // Who wants a few minutes and no more wants them soon.
        let speed = settings.source(of: "speed") == .builtIn && settings.has("minutes") ? "max" : settings.text("speed")
        return settings.replacing("source", with: ["replay"]).replacing("file", with: files)
            .replacing("loop", with: ["true"]).replacing("speed", with: [speed])
    }

    private func isExchangeReachable() -> Bool {
        let endpoint = settings.keyValues("endpoint").first { $0.key == "bybit" }
            .flatMap { try? Endpoint(parsing: $0.value) }
        let url = endpoint?.rewrite(SourceChoice.probe) ?? SourceChoice.probe
        do {
            let client = HTTPClient(limits: HTTPClient.Limits(connectTimeoutMs: 3_000, totalTimeoutMs: 5_000))
            let reply = try client.get(url, deadlineMs: 5_000, until: { [stop] in stop.isRequested })
            return reply.status == 200
        } catch {
            log.debug("no exchange", ["url": url, "error": "\(error)"])
            return false
        }
    }
}
