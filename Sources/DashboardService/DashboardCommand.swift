package import ServiceKit

/// The command line of the dashboard.
package enum DashboardCommand {
    /// Where it listens when nobody says.
    package static let httpPort: UInt16 = 8501

    /// What `dashboard --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "dashboard",
            summary: "Shows the stream and its history in a browser, and answers other programs over HTTP.",
            flags: DashboardFlags.all + CommonFlags.all(httpPort: httpPort),
            examples: [
                "dashboard",
                "dashboard --store mongodb://localhost/crypto --brokers kafka-1:9092",
                "dashboard --http 0.0.0.0:8501 --token-file token.txt",
                "dashboard --services producer=http://producer:9101 sink=http://sink:9103",
            ]),
        own: { settings throws(UsageError) in try DashboardConfiguration(settings) })
}
