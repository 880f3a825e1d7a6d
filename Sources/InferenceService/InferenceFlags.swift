package import ServiceKit
package import ServiceRuntime

/// The flags that only the inference service has.
package enum InferenceFlags {
    package static let models = Flag.text(
        "models", value: "DIR", default: "models",
        help: "where models lie, as trainer writes them; a change of DIR/<name>/current is taken up within 2 s")
    package static let standard = Flag.text(
        "default", value: "NAME",
        help: "the model that answers where none is named (default: direction, else the only one)",
        check: { ModelName.problem(in: $0) })
    package static let stream = Flag.list(
        "stream", value: "NAME",
        help: "the models that predict ticks of the series they were trained on (default: the default one)",
        check: { ModelName.problem(in: $0) })
    package static let noStream = Flag.toggle(
        "no-stream", help: "answer over HTTP only, and predict no ticks; what it answers needs no broker then")
    package static let from = Flag.choice(
        "from", among: StreamStart.allCases, default: .end,
        help: "where the ticks are begun by a group without offsets; beginning: for replays")
    package static let maxAge = Flag.duration(
        "max-age", atLeastMs: 1_000,
        help: "predictions of ticks so long after the newest that the model was trained on are marked as expired")
    package static let shadow = Flag.list(
        "shadow", value: "NAME:VERSION",
        help: "these versions predict, too, and are scored; what they say is joined with no tick",
        check: { VersionName.problem(in: $0) })

    /// In the order of the help. `pipeline` takes over those that no other service has.
    package static let all: [any AnyFlag] = [
        models, standard, stream, noStream, from, maxAge, shadow, EventTimeFlags.lateness, EventTimeFlags.slide,
        EventTimeFlags.idleTimeout, CommonFlags.instance,
    ]
}
