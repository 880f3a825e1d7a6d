import CryptoCore
import Foundation

/// Makes the part of config/asyncapi.yaml that tells of topics: channels, operations, messages. What stands before them is
/// written by hand.
enum AsyncAPIWriter {
    /// Where the written part begins.
    static let start = "channels:\n"

    /// The document, of what it is now.
    static func document(of old: String) -> String {
        let head = old.range(of: "\n" + start).map { String(old[..<$0.lowerBound]) + "\n" } ?? ""
        return head + start + channels + "\noperations:\n" + operations + "\ncomponents:\n  messages:\n" + messages
            + "\n  schemas:\n" + schemas
    }

    private static var channels: String {
        Topic.allCases.map { topic in
            """
              \(topic.rawValue):
                address: \(topic.name(prefix: "crypto"))
                description: \(quoted(topic.about.description))
                messages: { \(message(topic)): { $ref: '#/components/messages/\(message(topic))' } }
                bindings:
                  kafka:
                    partitions: 12
                    topicConfiguration:
            \(settings(of: topic))
            """
        }.joined()
    }

    private static func settings(of topic: Topic) -> String {
        topic.configuration.map { key, value in
            "          \(key): \(key == "cleanup.policy" ? "[\(value)]" : value)\n"
        }.joined()
    }

    private static var operations: String {
        let all = Topic.allCases.flatMap { topic in
            topic.writers.map { (service: $0, action: "send", topic: topic) }
                + (topic.readers + (topic.table == nil ? [] : ["sink"])).map {
                    (service: $0, action: "receive", topic: topic)
                }
        }
        return all.map { service, action, topic in
            """
              \(service).\(action)s.\(topic.rawValue):
                action: \(action)
                channel: { $ref: '#/channels/\(topic.rawValue)' }

            """
        }.joined()
    }

    /// One for each record, and one for each topic without.
    private static var messages: String {
        var known: Set<String> = []
        return Topic.allCases.filter { known.insert(message($0)).inserted }.map { topic in
            let name = message(topic)
            guard let record = topic.record else {
                return """
                        \(name):
                          title: \(name)
                          description: \(quoted(topic.about.description))
                          contentType: application/octet-stream

                    """
            }
            let schema = record.schema
            guard !schema.isEmpty else {
                return """
                        \(name):
                          title: \(name)
                          description: \(quoted(record.about.description))
                          contentType: application/octet-stream
                          headers: { $ref: '#/components/schemas/\(name)Headers' }

                    """
            }
            let example = GoldenRecords.files.first { $0.name == name }?.lines.first ?? []
            return """
                    \(name):
                      title: \(schema)
                      headers: { $ref: '#/components/schemas/\(name)Headers' }
                      payload: { $ref: './schemas/\(name).json' }
                      bindings: { kafka: { key: { $ref: '#/components/schemas/\(record.keySchema)' } } }
                      examples:
                        - headers: { schema: \(schema) }
                          payload: \(String(decoding: example, as: UTF8.self))

                """
        }.joined()
    }

    private static var schemas: String {
        let headers = SchemaWriter.records.map { record in
            """
                \(SchemaWriter.name(record))Headers:
                  type: object
                  required: [schema]
                  properties: { schema: { const: \(record.schema) } }

            """
        }.joined()
        let letter = DeadLetter.fields.filter { $0.type != .bytes }
        let properties = letter.map { field in
            let meaning = field.meaning.description.isEmpty ? "" : ", description: \(quoted(field.meaning.description))"
            return "        \(field.name): \(field.form.dropLast())\(meaning)}\n"
        }
        return """
                series:
                  type: string
                  description: '`<source>:<BASE>-<QUOTE>`, e.g. `bybit-linear:BTC-USDT`.'
                  pattern: '^[^:]+:.+-[^-]+$'
                id:
                  type: string
                  description: The record's own.
                  minLength: 1
            \(headers)    deadletterHeaders:
                  type: object
                  description: All as text.
                  required: [\(letter.map(\.name.description).joined(separator: ", "))]
                  properties:
            \(properties.joined())
            """
    }

    private static func message(_ topic: Topic) -> String {
        guard let record = topic.record else { return topic.rawValue }
        return record.schema.isEmpty ? topic.rawValue : SchemaWriter.name(record)
    }

    private static func quoted(_ text: String) -> String { SchemaWriter.quoted(text) }
}

extension TopicRecord {
    /// The name of the schema of its Kafka key.
    fileprivate static var keySchema: String {
        let names = fields.map(\.name.description)
        return names.contains("source") && names.contains("symbol") ? "series" : "id"
    }
}
