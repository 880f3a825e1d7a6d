internal import CryptoCore
internal import HTTPServer

/// `GET /rules`: the rules that are looked at, in the order of their file.
enum RulesRoute {
    static func route(_ rules: RuleSet) -> HTTPRoute {
        let text = json(rules)
        return .get("/rules") { _ in .json(text) }
    }

    /// `{"rules":[{"name","group","expr","for","keep_firing_for","severity","labels"}]}`; times are ms, a severity is there where the rule
    /// has that label.
    static func json(_ rules: RuleSet) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 1_024)
        json.beginObject()
        json.key("rules")
        json.beginArray()
        for rule in rules.rules {
            json.beginObject()
            json.field("name", rule.name)
            json.field("group", rule.group)
            json.field("expr", rule.expression.description)
            json.field("for", rule.patience.forMs)
            json.field("keep_firing_for", rule.patience.keepFiringForMs)
            if let severity = rule.labels["severity"] { json.field("severity", severity) }
            json.key("labels")
            rule.labels.encode(into: &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
