/// What models may be called: their folder has the same name.
package enum ModelName {
    /// What is wrong with a name and how to mend it; nil when it is good.
    package static func problem(in text: String) -> String? {
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isAllowed, (1...100).contains(text.utf8.count), !text.hasPrefix(".") else {
            return "must be a name of letters, digits, '.', '_' and '-', at most 100 of them, and not begin with a dot"
        }
        return nil
    }
}

/// A version of a model by its name: `horizon:3`.
package struct VersionName: Equatable, Sendable, CustomStringConvertible {
    package let name: String
    package let version: Int

    /// Nil where `text` is not `NAME:VERSION`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, ModelName.problem(in: String(parts[0])) == nil,
            let version = VersionName.number(String(parts[1]))
        else { return nil }
        (name, self.version) = (String(parts[0]), version)
    }

    package var description: String { "\(name):\(version)" }

    /// What is wrong with a text after `--use`; nil when it names a version.
    package static func problem(in text: String) -> String? {
        VersionName(text) == nil ? "must be NAME:VERSION, such as horizon:3" : nil
    }

    /// No version has a greater number.
    static let largest = 999_999_999

    /// Whether a version may have that number.
    static func isNumber(_ number: Int) -> Bool { (1...largest).contains(number) }

    /// The number that `text` is, in the only way it is written.
    static func number(_ text: String) -> Int? {
        guard let number = Int(text), isNumber(number), String(number) == text else { return nil }
        return number
    }
}
