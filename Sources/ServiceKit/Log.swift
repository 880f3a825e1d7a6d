internal import CryptoCore
package import System

/// Writes one line a message: time, level, service, a constant sentence, then `key=value` pairs.
///
/// `2026-01-31T12:00:00.123Z info producer connected broker=localhost:9092`
/// *Thread*: any; a line is one `write`.
package struct Log: Sendable {
    /// How much a message matters.
    package enum Level: Int, Sendable, CaseIterable, Comparable {
        /// Data is lost or an operator is needed.
        case error
        /// Unexpected, but recovered.
        case warning
        /// The life of the service.
        case info
        /// For diagnosis.
        case debug

        /// As `--log-level` and the lines name it.
        package var name: String { "\(self)" }

        /// The level of that name.
        package init?(name: String) {
            guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = level
        }

        package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    /// What follows the sentence.
    package typealias Fields = KeyValuePairs<String, any CustomStringConvertible>

    private let service: String
    private let minimum: Level
    private let clock: any WallClock
    private let sink: @Sendable (String) -> Void
    /// What ends every line.
    private var suffix = ""

    /// Logs messages that matter at least as much as `minimum`; `sink` gets whole lines without the newline.
    package init(
        service: String, minimum: Level = .info, clock: any WallClock = SystemClock(),
        sink: @escaping @Sendable (String) -> Void = { ErrorOutput.shared.write(line: $0) }
    ) {
        self.service = service
        self.minimum = minimum
        self.clock = clock
        self.sink = sink
    }

    /// The same log under another name: one of the services in `pipeline`.
    package func named(_ service: String) -> Log {
        Log(service: service, minimum: minimum, clock: clock, sink: sink)
    }

    /// The same log with one more field at the end of every line: which of several it is about.
    package func adding(_ key: StaticString, _ value: String) -> Log {
        var copy = self
        copy.suffix += " \(key)=\(Self.field(Secrets.masking(value)))"
        return copy
    }

    /// Whether messages of this level are written.
    package func isOn(_ level: Level) -> Bool { level <= minimum }

    /// Data is lost or an operator is needed.
    package func error(_ sentence: StaticString, _ fields: @autoclosure () -> Fields = [:]) {
        write(.error, sentence, fields)
    }

    /// Unexpected, but recovered.
    package func warning(_ sentence: StaticString, _ fields: @autoclosure () -> Fields = [:]) {
        write(.warning, sentence, fields)
    }

    /// The life of the service.
    package func info(_ sentence: StaticString, _ fields: @autoclosure () -> Fields = [:]) {
        write(.info, sentence, fields)
    }

    /// For diagnosis.
    package func debug(_ sentence: StaticString, _ fields: @autoclosure () -> Fields = [:]) {
        write(.debug, sentence, fields)
    }

    private func write(_ level: Level, _ sentence: StaticString, _ fields: () -> Fields) {
        guard isOn(level) else { return }
        var line = "\(UTCTime.text(ms: clock.wallMs())) \(level.name) \(service) \(sentence)"
        for (key, value) in fields() { line += " \(key)=\(Self.field(Secrets.masking(value.description)))" }
        sink(line + suffix)
    }

    /// A value as the line shows it: quoted, like a JSON string, unless it is one plain word.
    static func field(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.value > 0x20 && scalar.value != 0x7f && !"\"=\\".unicodeScalars.contains(scalar)
                    && !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
            }
        return isPlain ? text : JSONWriter.quoted(text)
    }
}
