internal import FoundationEssentials

/// One value of the configuration file.
enum ConfigValue: Equatable {
    case text(String)
    case toggle(Bool)
    case list([String])
    case pairs([String: String])
    /// Something that no flag takes: what it is called.
    case unusable(String)
}

/// A JSON object of settings whose keys are flag names.
enum ConfigFile {
    /// Why a file is no JSON object.
    struct Broken: Error, Equatable {
        let reason: String
    }

    /// Reads the object.
    static func parse(_ bytes: [UInt8]) throws(Broken) -> [String: ConfigValue] {
        do {
            return try JSONDecoder().decode([String: ConfigValue].self, from: Data(bytes))
        } catch DecodingError.dataCorrupted(let context) {
            let detail = context.underlyingError.map { " (\($0))" } ?? ""
            throw Broken(reason: "is not valid JSON\(ProblemText.shown(detail))")
        } catch {
            throw Broken(reason: "must be a JSON object whose keys are flag names")
        }
    }
}

extension ConfigValue: Decodable {
    init(from decoder: any Decoder) throws {
        if let words = try? [ConfigScalar](from: decoder) {
            self = words.contains { $0.text == nil } ? .unusable("such a list") : .list(words.compactMap(\.text))
        } else if let object = try? [String: ConfigScalar](from: decoder) {
            self =
                object.values.contains { $0.text == nil }
                ? .unusable("such an object") : .pairs(object.compactMapValues(\.text))
        } else {
            let scalar = try ConfigScalar(from: decoder)
            if let isOn = scalar.toggle {
                self = .toggle(isOn)
            } else {
                self = scalar.text.map(ConfigValue.text) ?? .unusable("null")
            }
        }
    }
}

/// A text, number or boolean as the words of a command line; nil for anything else.
private struct ConfigScalar: Decodable {
    let text: String?
    let toggle: Bool?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        toggle = try? container.decode(Bool.self)
        if let toggle {
            text = String(toggle)
        } else if let word = try? container.decode(String.self) {
            text = word
        } else if let number = try? container.decode(Int64.self) {
            text = String(number)
        } else if let number = try? container.decode(Double.self) {
            text = String(number)
        } else {
            text = nil
        }
    }
}
