internal import DashboardService
internal import ServiceKit

/// What the pipeline's page is to be, as `--page` and its other flags say.
struct PageChoice: Sendable {
    /// The usual address; where something else has its port, the page takes any that is free.
    static let usual = HostPort(host: "127.0.0.1", port: DashboardCommand.httpPort)
    /// What says that there is to be no page.
    static let off = "off"

    let address: HostPort
    /// Whether somebody asked for this address: then it is this one or none.
    let isChosen: Bool
    let dashboard: DashboardConfiguration

    /// Nil for `off`.
    /// - Throws: what is wrong with the page's other flags.
    init?(_ settings: Settings) throws(UsageError) {
        let text = settings[PipelineFlags.page]
        guard text != PageChoice.off else { return nil }
        isChosen = text != nil
        address = text.flatMap { HostPort($0) } ?? PageChoice.usual
        dashboard = try DashboardConfiguration(inPipeline: settings)
    }

    /// What is wrong with a text behind `--page`; nil where nothing is.
    static func problem(in text: String) -> String? {
        text == off || HostPort(text) != nil ? nil : "must be HOST:PORT, such as 127.0.0.1:8501, or off"
    }
}
