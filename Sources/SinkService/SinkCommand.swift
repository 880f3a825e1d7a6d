package import ServiceKit

/// The command line of the sink.
package enum SinkCommand {
    /// What `sink --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "sink",
            summary: "Writes every topic into MongoDB, SQLite or CSV files, each record once.",
            flags: SinkFlags.all + [CommonFlags.instance] + CommonFlags.all(httpPort: 9103),
            examples: [
                "sink",
                "sink --store mongodb://localhost:27017/crypto --keep 90d",
                "sink --store 'mongodb+srv://user:password@cluster.example.net/crypto' --connections 4",
                "sink --store sqlite:///var/lib/crypto/crypto.db --keep 0",
                "sink --store csv:records --batch-wait 5s",
                "sink --store sqlite:crypto.db --store mongodb://localhost:27017/crypto",
            ]),
        own: { settings throws(UsageError) in try SinkConfiguration(settings) })
}
