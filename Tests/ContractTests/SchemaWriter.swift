import CryptoCore

/// Makes a record's JSON Schema of its description.
enum SchemaWriter {
    /// The records that have one: those of our own JSON, each once, in the order of the topics.
    static let records: [any TopicRecord.Type] = Topic.allCases.reduce(into: []) { records, topic in
        if let record = topic.record, !record.schema.isEmpty, !records.contains(where: { $0.schema == record.schema }) {
            records.append(record)
        }
    }

    /// The name of the record's file in config/schemas, and of its golden file: `trend` of `trend/1`.
    static func name(_ record: any TopicRecord.Type) -> String {
        String(record.schema.prefix { $0 != "/" })
    }

    static func schema(of record: any TopicRecord.Type) -> String {
        let required = record.fields.filter { !$0.isOptional }.map { quoted($0.name.description) }
        let properties = record.fields.map { "\(quoted($0.name.description)): \(schema(of: $0))" }
        var members = [
            #""$schema": "https://json-schema.org/draft/2020-12/schema""#,
            #""title": \#(quoted(record.schema))"#,
            #""description": \#(quoted(record.about.description))"#,
            #""type": "object""#,
            #""required": [\#(required.joined(separator: ", "))]"#,
            #""properties": {\#(properties.joined(separator: ", "))}"#,
        ]
        if !record.rules.isEmpty {
            members.append(#""allOf": [\#(record.rules.map(\.description).joined(separator: ", "))]"#)
        }
        let definitions = definitions(members.joined())
        if !definitions.isEmpty { members.append(#""$defs": {\#(definitions.joined(separator: ", "))}"#) }
        return JSONLayout.pretty("{\(members.joined(separator: ", "))}") + "\n"
    }

    private static func schema(of field: Field) -> String {
        let form = field.isNullable ? #"{"anyOf": [\#(field.form), {"type": "null"}]}"# : field.form
        let meaning = field.meaning.description
        return meaning.isEmpty ? form : #"\#(form.dropLast()), "description": \#(quoted(meaning))}"#
    }

    /// The definitions that `text` refers to, and those that they refer to.
    private static func definitions(_ text: String) -> [String] {
        var text = text
        var wanted: Set<String> = []
        while true {
            let found = Form.definitions.filter { text.contains("#/$defs/\($0.name)\"") && !wanted.contains($0.name) }
            if found.isEmpty { break }
            for definition in found {
                wanted.insert(definition.name)
                text += definition.schema
            }
        }
        return Form.definitions.filter { wanted.contains($0.name) }.map { "\(quoted($0.name)): \($0.schema)" }
    }

    static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

/// Lays JSON out: what fits into a line stays on one, everything in the order in which it came.
enum JSONLayout {
    private indirect enum Node {
        case plain(String)
        case array([Node])
        case object([(key: String, value: Node)])
    }

    static let width = 120

    static func pretty(_ json: String) -> String {
        var rest = Substring(json)
        return text(read(&rest), indent: 0, column: 0)
    }

    private static func text(_ node: Node, indent: Int, column: Int) -> String {
        let line = oneLine(node)
        if column + line.count <= width { return line }
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch node {
        case .plain(let text): return text
        case .array(let elements):
            let lines = elements.map { inner + text($0, indent: indent + 2, column: indent + 3) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
        case .object(let members):
            let lines = members.map { key, value in
                "\(inner)\(key): \(text(value, indent: indent + 2, column: indent + 5 + key.count))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
        }
    }

    private static func oneLine(_ node: Node) -> String {
        switch node {
        case .plain(let text): text
        case .array(let elements): "[\(elements.map(oneLine).joined(separator: ", "))]"
        case .object(let members):
            members.isEmpty
                ? "{}" : "{ \(members.map { "\($0.key): \(oneLine($0.value))" }.joined(separator: ", ")) }"
        }
    }

    // Reads what our own descriptions hold: well-formed JSON.

    private static func read(_ rest: inout Substring) -> Node {
        skipSpace(&rest)
        switch rest.first {
        case "{":
            var members: [(key: String, value: Node)] = []
            forEach(until: "}", &rest) { rest in
                let key = token(&rest)
                skip(":", &rest)
                members.append((key, read(&rest)))
            }
            return .object(members)
        case "[":
            var elements: [Node] = []
            forEach(until: "]", &rest) { elements.append(read(&$0)) }
            return .array(elements)
        default: return .plain(token(&rest))
        }
    }

    private static func forEach(until end: Character, _ rest: inout Substring, _ body: (inout Substring) -> Void) {
        rest.removeFirst()
        skipSpace(&rest)
        while let next = rest.first, next != end {
            body(&rest)
            skipSpace(&rest)
            if rest.first == "," { skip(",", &rest) }
        }
        rest = rest.dropFirst()
    }

    /// A string with its quotes, a number or a word.
    private static func token(_ rest: inout Substring) -> String {
        var text = ""
        let isString = rest.first == "\""
        while let next = rest.first {
            if !isString, ",]}: \n".contains(next) { break }
            text.append(rest.removeFirst())
            if isString, next == "\\", let escaped = rest.popFirst() { text.append(escaped) }
            if isString, next == "\"", text.count > 1 { break }
        }
        return text
    }

    private static func skip(_ character: Character, _ rest: inout Substring) {
        skipSpace(&rest)
        precondition(rest.first == character, "expected \(character) before \(rest.prefix(40))")
        rest.removeFirst()
        skipSpace(&rest)
    }

    private static func skipSpace(_ rest: inout Substring) { rest = rest.drop { $0 == " " || $0 == "\n" } }
}
