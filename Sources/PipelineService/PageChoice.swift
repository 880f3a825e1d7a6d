internal import DashboardService
internal import ServiceKit

/// Where the pipeline's page answers, as `--page` says.
struct PageChoice: Sendable {
    /// The usual address; where something else has its port, the page takes any that is free.
    static let usual = HostPort(host: "127.0.0.1", port: DashboardCommand.httpPort)

    let address: HostPort
    /// Whether somebody asked for this address: then it is this one or none.
    let isChosen: Bool
    /// What there is beside the address, once it is known where the other services answer.
    let settings: Settings

    /// Nil for `off`.
    init?(_ settings: Settings) {
        let text = settings[PipelineFlags.page]
        guard text != PageChoice.off else { return nil }
        isChosen = text != nil
        address = text.flatMap { HostPort($0) } ?? PageChoice.usual
        self.settings = settings
    }

    /// What says that there is to be no page.
    static let off = "off"

    /// What is wrong with a text behind `--page`; nil where nothing is.
    static func problem(in text: String) -> String? {
        text == off || HostPort(text) != nil ? nil : "must be HOST:PORT, such as 127.0.0.1:8501, or off"
    }
}
