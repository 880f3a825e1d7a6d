/// What the values of a field are.
package enum FieldType: Sendable {
    case integer, real, text, bool
    /// A JSON array or object.
    case json
    /// Text where it is UTF-8, else bytes as they are.
    case bytes
}

/// One field of a record: a member of its JSON object, and a column of its table.
package struct Field: Sendable {
    /// The JSON member's name, and the column's.
    package let name: StaticString
    package let type: FieldType
    /// Whether the record writes `null` where it has no value.
    package let isNullable: Bool
    /// Whether the field is absent where it has no value.
    package let isOptional: Bool
    /// The JSON Schema of its values, `null` not among them.
    package let form: String
    /// What it is, for a reader of the schema; may be empty.
    package let meaning: StaticString

    package init(
        _ name: StaticString, _ type: FieldType, form: String, isNullable: Bool = false, isOptional: Bool = false,
        meaning: StaticString = ""
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.isOptional = isOptional
        self.form = form
        self.meaning = meaning
    }

    /// The same field with other values; nil: with the same meaning.
    func with(form: Form, meaning: StaticString? = nil) -> Field {
        Field(
            name, type, form: form.schema.description, isNullable: isNullable, isOptional: isOptional,
            meaning: meaning ?? self.meaning)
    }
}

/// Which values of its type a field takes: a JSON Schema.
package struct Form: Sendable {
    package let schema: StaticString

    package init(_ schema: StaticString) { self.schema = schema }

    /// The feed of a series.
    package static var source: Form { Form(##"{"$ref": "#/$defs/source"}"##) }
    /// `<BASE>-<QUOTE>`.
    package static var symbol: Form { Form(##"{"$ref": "#/$defs/symbol"}"##) }
    /// A text of limited length that is not empty.
    package static var text: Form { Form(##"{"$ref": "#/$defs/text"}"##) }
    /// When something happened. *Units*: ms since the epoch.
    package static var time: Form { Form(##"{"$ref": "#/$defs/time"}"##) }
    /// Where a window begins or ends. *Units*: ms since the epoch.
    package static var bound: Form { Form(##"{"$ref": "#/$defs/bound"}"##) }
    /// The end of a minute. *Units*: ms since the epoch.
    package static var minute: Form { Form(##"{"$ref": "#/$defs/bound", "multipleOf": 60000}"##) }
    /// A whole number from 0 up.
    package static var whole: Form { Form(#"{"type": "integer", "minimum": 0, "maximum": 9223372036854775807}"#) }
    /// A whole number from 1 up.
    package static var count: Form { Form(#"{"type": "integer", "minimum": 1, "maximum": 9223372036854775807}"#) }
    /// True or false.
    package static var bool: Form { Form(#"{"type": "boolean"}"#) }
    /// Any number.
    package static var finite: Form { Form(##"{"$ref": "#/$defs/finite"}"##) }
    /// A number greater than 0.
    package static var price: Form { Form(##"{"$ref": "#/$defs/price"}"##) }
    /// From 0 to 1.
    package static var share: Form { Form(##"{"$ref": "#/$defs/finite", "minimum": 0, "maximum": 1}"##) }
    /// A model's name.
    package static var model: Form {
        Form(#"{"type": "string", "minLength": 1, "maxLength": 255, "not": {"pattern": "[:\\u0000-\\u0020]"}}"#)
    }
    /// A number that is not negative.
    package static var amount: Form { Form(##"{"$ref": "#/$defs/amount"}"##) }

    /// What forms refer to, by name.
    package static let definitions: [(name: String, schema: String)] = [
        ("text", #"{"type": "string", "minLength": 1, "maxLength": 1024}"#),
        (
            "source",
            #"{"description": "The feed, e.g. `bybit-linear`. No colon, white space or control character.", "#
                + #""type": "string", "maxLength": 255, "minLength": 1, "not": {"pattern": "[:\\u0000-\\u0020]"}}"#
        ),
        (
            "symbol",
            #"{"description": "`<BASE>-<QUOTE>`, split at the last `-`. No white space or control character.", "#
                + #""type": "string", "maxLength": 255, "pattern": "^.+-[^-]+$", "not": {"pattern": "[\\u0000-\\u0020]"}}"#
        ),
        (
            "time",
            #"{"description": "Milliseconds since the Unix epoch, within the years 1 to 9999; "#
                + #"not what would be seconds of the years 2001 to 2286.", "type": "integer", "minimum": -62135596800000, "#
                + #""maximum": 253402300799999, "not": {"minimum": 1000000000, "exclusiveMaximum": 10000000000}}"#
        ),
        (
            "bound",
            #"{"description": "Milliseconds since the Unix epoch; a window that holds a tick's time may begin or end "#
                + #"a minute beyond the times of ticks.", "type": "integer", "minimum": -62135596860000, "#
                + #""maximum": 253402300860000}"#
        ),
        (
            "finite",
            #"{"description": "A number that fits a double.", "type": "number", "minimum": -1.7976931348623157e308, "#
                + #""maximum": 1.7976931348623157e308}"#
        ),
        ("price", ##"{"$ref": "#/$defs/finite", "exclusiveMinimum": 0}"##),
        ("amount", ##"{"$ref": "#/$defs/finite", "minimum": 0}"##),
        ("average", ##"{"anyOf": [{"$ref": "#/$defs/price"}, {"type": "null"}]}"##),
    ]
}
