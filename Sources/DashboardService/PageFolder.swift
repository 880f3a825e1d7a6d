internal import HTTPServer
internal import ServiceKit
internal import System

/// The files that browsers get, and what they may load.
enum PageFolder {
    /// What the page may load: what came from here, and pictures that it draws itself.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
        font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
        """

    /// The charts' library, which is no part of the repository: `deploy/page-libraries` fetches it.
    static let charts = "lib/lightweight-charts.js"

    /// Reads the page.
    /// - Parameter folder: where it lies; nil: where it came with this program.
    /// - Throws: `HTTPServerError`, which names the folder, where there is none.
    static func files(in folder: String?) throws(HTTPServerError) -> StaticFiles {
        try StaticFiles(directory: folder ?? shipped, contentSecurityPolicy: policy)
    }

    /// The first of the usual places that has the page; the usual one where none has.
    private static var shipped: String {
        let places = ShippedConfig.candidates("page", inTree: "Sources/DashboardService/Page")
        return places.first { if case .bytes = FileContent.read("\($0)/index.html") { true } else { false } }
            ?? places[0]
    }
}
