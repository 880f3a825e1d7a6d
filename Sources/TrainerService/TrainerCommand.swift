internal import CryptoCore
package import ServiceKit
internal import ServiceRuntime

/// The command line of the trainer.
package enum TrainerCommand {
    /// What `trainer --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "trainer",
            summary: "Trains a model on recorded ticks, judges it by what it has not seen, and says how good it is.",
            flags: TrainerFlags.all + [TrainerFlags.use] + CommonFlags.all(httpPort: 9105),
            examples: [
                "trainer --preset horizon --from sqlite:crypto.db --series 'bybit:*'",
                "trainer --preset direction --from csv:records --evaluate holdout:2d",
                "trainer --preset horizon --from mongodb://localhost:27017/crypto --since 30d --watch 1h",
                "trainer --preset direction --from kafka --brokers kafka-1:9092 --export rows.csv",
                "trainer --use horizon:3",
            ]),
        answering: { settings throws(UsageError) in answer(settings) },
        own: { settings throws(UsageError) in try TrainerConfiguration(settings) })

    /// `--use` makes a version the served one, if it is a model that this program can read.
    private static func answer(_ settings: Settings) -> Answer? {
        guard let chosen = settings[TrainerFlags.use].flatMap(VersionName.init) else { return nil }
        let folder = ModelFolder(models: settings[TrainerFlags.models], name: chosen.name)
        return { _ in
            let before = try? folder.current()
            try folder.check(chosen.version)
            try folder.use(chosen.version)
            let was = before.map { ", before it version \($0)" } ?? ""
            return "\(folder.path)/current: version \(chosen.version) is served\(was)\n"
        }
    }
}
