/// Why bytes are not the record they should be, and where.
public struct DecodeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: Equatable, Sendable {
        /// The bytes are not JSON; the text says what was expected.
        case notJSON(StaticText)
        /// A field that the record needs is absent.
        case missing(StaticText)
        /// A field is there, but not of its type or range.
        case badField(StaticText, StaticText)
    }

    public let reason: Reason
    /// Byte offset at which decoding stopped.
    public let offset: Int

    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// One line for a person, as it stands in a dead letter's `error` header.
    public var description: String {
        switch reason {
        case .notJSON(let expected): "not JSON: expected \(expected) at byte \(offset)"
        case .missing(let field): "field \(field) is missing"
        case .badField(let field, let wanted): "field \(field) must be \(wanted), byte \(offset)"
        }
    }

    /// The same without the byte offset: a label from a bounded set, for counters and logs.
    public var label: String {
        switch reason {
        case .notJSON: "not_json"
        case .missing(let field): "missing_\(field)"
        case .badField(let field, _): "bad_\(field)"
        }
    }
}

/// A literal that can be compared: `StaticString` itself is not `Equatable`.
public struct StaticText: Equatable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    @usableFromInline let text: StaticString

    @inlinable
    public init(stringLiteral value: StaticString) { text = value }

    public var description: String { text.description }

    public static func == (a: StaticText, b: StaticText) -> Bool { a.description == b.description }
}
