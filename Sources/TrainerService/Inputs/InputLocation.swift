internal import CryptoCore
internal import Storage

/// What `--from` names.
enum InputLocation: Equatable, Sendable, CustomStringConvertible {
    /// A store's address, as the sink's `--store` has it.
    case store(String)
    /// A file, or a folder of the sink's.
    case csv(String)
    /// The ticks' topic.
    case kafka

    /// Nil where `text` names nothing that can be read.
    init?(_ text: String) {
        if InputLocation.problem(in: text) != nil { return nil }
        if text == "kafka" {
            self = .kafka
        } else if let path = InputLocation.path(text) {
            self = .csv(path)
        } else {
            self = .store(text)
        }
    }

    /// What is wrong with a text after `--from` and how to mend it; nil when it names an input. Opens nothing.
    static func problem(in text: String) -> String? {
        if text == "kafka" || path(text) != nil { return nil }
        let isStore = ["sqlite:", "mongodb://", "mongodb+srv://"].contains { text.hasPrefix($0) }
        if isStore { return StoreLocation.problem(in: text) }
        return "must be sqlite:FILE, mongodb://HOST/DATABASE, csv:FILE or kafka"
    }

    private static func path(_ text: String) -> String? {
        guard text.hasPrefix("csv:"), text.utf8.count > 4 else { return nil }
        let path = text.dropFirst(4)
        return path.hasPrefix("///") ? String(path.dropFirst(2)) : String(path)
    }

    /// As it may be shown: without a password.
    var description: String {
        switch self {
        case .store(let text): StoreLocation.shown(text)
        case .csv(let path): "csv:\(path)"
        case .kafka: "kafka"
        }
    }
}
