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
            flags: TrainerFlags.all + [TrainerFlags.use, TrainerFlags.of] + CommonFlags.all(httpPort: 9105),
            examples: [
                "trainer --preset horizon --from sqlite:crypto.db --series 'bybit:*'",
                "trainer --preset direction --from csv:records --evaluate holdout:2d",
                "trainer --preset horizon --from mongodb://localhost:27017/crypto --since 30d --watch 1h",
                "trainer --preset direction --from kafka --brokers kafka-1:9092 --export rows.csv",
                "trainer --use horizon:3",
                "trainer --export horizon.onnx --of horizon:3",
                "trainer --import forest.onnx --preset direction --from csv:records --evaluate holdout:2d",
            ]),
        answering: { settings throws(UsageError) in try answer(settings) },
        own: { settings throws(UsageError) in try TrainerConfiguration(settings) })

    private static func answer(_ settings: Settings) throws(UsageError) -> Answer? {
        let task = TrainerTask(settings)
        guard task.isQuestion else { return nil }
        let problems = task.problems(settings)
        guard problems.isEmpty else { throw UsageError(problems) }
        if let chosen = settings[TrainerFlags.of].flatMap(VersionName.init) { return try export(chosen, settings) }
        return settings[TrainerFlags.use].flatMap(VersionName.init).map { use($0, settings) }
    }

    /// `--of` writes the model of a version as an ONNX file.
    private static func export(_ chosen: VersionName, _ settings: Settings) throws(UsageError) -> Answer {
        let export = settings[TrainerFlags.export].flatMap(Export.init)
        guard let export, case .onnx(let path) = export else {
            throw UsageError(["--of: say where its model is to be written, by --export FILE.onnx"])
        }
        let folder = ModelFolder(models: settings[TrainerFlags.models], name: chosen.name)
        return { _ in
            try folder.checkIsThere(chosen.version)
            let file = try ExportFile(export)
            try file.write(try folder.load(chosen.version))
            try file.publish()
            return "\(path): version \(chosen.version) of \(chosen.name)\n"
        }
    }

    /// `--use` makes a version the served one, if it is a model that this program can read.
    private static func use(_ chosen: VersionName, _ settings: Settings) -> Answer {
        let folder = ModelFolder(models: settings[TrainerFlags.models], name: chosen.name)
        return { _ in
            let before = try folder.use(chosen.version) { version throws(ModelFolderError) in try folder.check(version)
            }
            let was = before.map { ", before it version \($0)" } ?? ""
            return "\(folder.path)/current: version \(chosen.version) is served\(was)\n"
        }
    }
}
