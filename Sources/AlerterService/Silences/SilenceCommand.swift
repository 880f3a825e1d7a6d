internal import CryptoCore
internal import Glibc
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// The flags that make, list and end silences, and what they do instead of running.
///
/// *Source*: `amtool silence add`, `query` and `expire` of Alertmanager.
enum SilenceCommand {
    static let silence = Flag.text(
        "silence", value: "MATCHERS",
        help: """
            let nobody be told of the alerts with these labels, such as 'symbol="BTC-USDT", alertname=~"Price.*"', for a while; \
            prints the silence's id
            """, check: { SilenceWish.problem(inMatchers: $0) }
    ).question
    static let lasting = Flag.duration("for", atLeastMs: 1000, default: "1h", help: "with --silence: for how long")
        .question
    static let by = Flag.text(
        "by", value: "NAME", help: "with --silence: who wants it; where nobody says, the user whose shell it is"
    ).question
    static let silences = Flag.toggle("silences", help: "list the silences that last or are to come").question
    static let unsilence = Flag.text(
        "unsilence", value: "ID", help: "end a silence now: what it has held back and still fires is told"
    ).question

    /// In the order of the help.
    static let all: [any AnyFlag] = [silence, lasting, by, silences, unsilence]
    /// How long Kafka may take for each step. *Units*: ms.
    private static let kafkaMs: Int64 = 10_000

    /// What to do instead of running; nil when nobody asks for it.
    /// - Throws: what does not fit together.
    static func answer(_ settings: Settings) throws(UsageError) -> Answer? {
        let matchers = settings[silence]
        if matchers == nil {
            for flag: any AnyFlag in [lasting, by] where settings.source(of: flag) == .flag {
                throw UsageError("--\(flag.spec.name): belongs to --silence")
            }
        }
        let common = CommonConfiguration(settings)
        if let matchers {
            let wish = SilenceWish(
                matchers: matchers, end: .after(settings[lasting]), by: settings[by] ?? SilenceCommand.user)
            do throws(SilenceWish.Unfit) { _ = try wish.silence(at: 0) } catch { throw UsageError("--\(error)") }
            return { stop in try make(wish, in: topic(common, stop)) }
        }
        if let id = settings[unsilence] { return { stop in try end(id, in: topic(common, stop)) } }
        if settings[silences] { return { stop in try list(in: topic(common, stop)) } }
        return nil
    }

    // MARK: Parts

    private struct NoSilence: Error, CustomStringConvertible {
        let id: String
        var description: String { "no silence \(id) lasts or is to come; --silences lists those that do" }
    }

    private static func topic(_ common: CommonConfiguration, _ stop: StopFlag) -> SilenceTopic {
        // What goes wrong is this command's error, with librdkafka's reason in it.
        let log = Log(service: "alerter", minimum: .error)
        return SilenceTopic(context: ServiceContext(service: "alerter", common, stop: stop, log: log))
    }

    private static func make(_ wish: SilenceWish, in topic: SilenceTopic) throws -> String {
        // The topic is made where it is missing.
        _ = try topic.read(timeoutMs: kafkaMs)
        let silence = try wish.silence(at: SystemClock().wallMs())
        _ = try topic.write([SilenceChange(silence)], timeoutMs: kafkaMs)
        return "\(silence.id)\n"
    }

    private static func end(_ id: String, in topic: SilenceTopic) throws -> String {
        let silences = try topic.read(timeoutMs: kafkaMs)
        guard let change = silences.ending(id, at: SystemClock().wallMs()) else { throw NoSilence(id: id) }
        _ = try topic.write([change], timeoutMs: kafkaMs)
        return ""
    }

    private static func list(in topic: SilenceTopic) throws -> String {
        let now = SystemClock().wallMs()
        return table(try topic.read(timeoutMs: kafkaMs).current(at: now), at: now)
    }

    /// A line for each silence under a head.
    static func table(_ silences: [Silence], at ms: Int64) -> String {
        if silences.isEmpty { return "no silence lasts or is to come\n" }
        let rows = silences.map { silence in
            [
                silence.id, silence.from <= ms ? "active" : "pending", Alert.time(silence.from),
                Alert.time(silence.until),
                silence.by, silence.matchers,
            ].map(\.withoutControls)
        }
        let all = [["ID", "STATE", "FROM", "UNTIL", "BY", "MATCHERS"]] + rows
        let widths = (0..<5).map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths + [0]).map { text, width in
                text + String(repeating: " ", count: max(0, width - text.count))
            }.joined(separator: "  ") + "\n"
        }.joined()
    }

    private static var user: String {
        for name in ["USER", "LOGNAME"] {
            if let value = getenv(name), value.pointee != 0 { return String(cString: value) }
        }
        return SilenceWish.usualName
    }
}
