internal import NetClient
package import ServiceKit

/// The flags that only the dashboard has.
package enum DashboardFlags {
    package static let store = Flag.text(
        "store", value: "STORE", default: "sqlite:crypto.db",
        help:
            "where history is read from: mongodb://HOST/DATABASE, mongodb+srv://..., sqlite:FILE or sqlite:///PATH; none: only what is live",
        check: { $0 == none ? nil : HistoryRoutes.problem(in: $0) })
    package static let inference = Flag.text(
        "inference", value: "URL", default: "http://127.0.0.1:8000",
        help: "where the inference service answers, for the model's card and the form",
        check: { HTTPClient.problem(inAddress: $0) })
    package static let alerter = Flag.text(
        "alerter", value: "URL", default: "http://127.0.0.1:9104",
        help: "where the alerter answers, for what fires, silences and test messages",
        check: { HTTPClient.problem(inAddress: $0) })
    package static let services = Flag.list(
        "services", value: "NAME=URL",
        help: "the services whose health is shown (default: the usual ports of this machine)",
        check: ServiceAddress.problem)
    package static let tokenFile = Flag.text(
        "token-file", value: "FILE",
        help: "file with a token that clients of /api have to give as Authorization: Bearer")
    package static let page = Flag.text(
        "page-files", value: "DIR", help: "the page's files (default: those that came with this program)")

    /// The store that says that there is none.
    static let none = "none"

    /// In the order of the help. `pipeline` takes over those that no other service has.
    package static let all: [any AnyFlag] = [store, inference, alerter, services, tokenFile, page]
}
