package import CryptoCore
package import ServiceKit
package import ServiceRuntime

/// What the inference service runs with.
package struct InferenceConfiguration: Sendable {
    /// Where the models lie, and which are wanted.
    package var choice: ServedModels.Choice
    /// Models that predict ticks; none: the default one.
    package var streamNames: [String]
    /// Whether it predicts ticks at all.
    package var streams: Bool
    /// Where the ticks are begun by a group without offsets.
    package var beginning: StreamStart
    /// A model that is older at a tick's event time is marked as expired; nil: none is. *Units*: ms.
    package var maxAgeMs: Int64?
    /// The rules of event time by which `horizon` has its minutes.
    package var windows: WindowConfiguration
    /// Its name as a static member of the group; nil: it is none.
    package var instance: String?

    /// - Parameter beginning: in place of `--from`, for programs whose flag of that name is another one.
    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings, beginning: StreamStart? = nil) throws(UsageError) {
        streams = !settings[InferenceFlags.noStream]
        streamNames = settings[InferenceFlags.stream]
        let shadows = settings[InferenceFlags.shadow].compactMap(VersionName.init)
        if !streams {
            var problems: [String] = []
            if !streamNames.isEmpty { problems.append("--stream: does nothing beside --no-stream: leave one out") }
            if !shadows.isEmpty { problems.append("--shadow: does nothing beside --no-stream: leave one out") }
            guard problems.isEmpty else { throw UsageError(problems) }
        }
        choice = ServedModels.Choice(
            folder: settings[InferenceFlags.models], preferred: settings[InferenceFlags.standard], shadows: shadows)
        self.beginning = beginning ?? settings[InferenceFlags.from]
        maxAgeMs = settings[InferenceFlags.maxAge]
        windows = try EventTimeFlags.windows(settings)
        instance = settings[CommonFlags.instance]
    }
}
