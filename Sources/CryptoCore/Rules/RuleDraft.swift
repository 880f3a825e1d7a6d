/// A rule while its members are read, in whatever order they come.
struct RuleDraft {
    static let keys = ["alert", "expr", "for", "keep_firing_for", "match", "labels", "annotations"]

    /// Where the rule stands; its name, once that is read.
    private(set) var place: Int
    private var name: String?
    private var source: SourceText?
    private var forMs: Int64 = 0
    private var keepFiringForMs: Int64 = 0
    private var match = RuleMatch()
    private var modelPlace: Int?
    private var modelLabelPlace: Int?
    private var labels: [String: String] = [:]
    private var annotations: [(name: String, text: SourceText)] = []
    private var hasName = false
    private var hasExpression = false

    init(place: Int) { self.place = place }

    /// Reads the member `key`, whose value comes next.
    mutating func read(_ key: String, _ reader: inout RulesReader, _ bytes: RawSpan) throws(DecodeError) {
        switch key {
        case "alert":
            hasName = true
            place = try reader.start(bytes)
            name = try reader.name(key, bytes)
        case "expr":
            hasExpression = true
            source = try reader.text(key, bytes)
        case "for": forMs = try reader.duration(key, bytes) ?? 0
        case "keep_firing_for": keepFiringForMs = try reader.duration(key, bytes) ?? 0
        case "match": try readMatch(&reader, bytes)
        case "labels": try readLabels(&reader, bytes)
        default: try readAnnotations(&reader, bytes)
        }
    }

    private mutating func readMatch(_ reader: inout RulesReader, _ bytes: RawSpan) throws(DecodeError) {
        try reader.object("`match`", ["source", "symbol", "model"], bytes) { reader, key throws(DecodeError) in
            let place = try reader.start(bytes)
            guard let text = try reader.name(key, bytes) else { return }
            switch key {
            case "source": match.source = Glob(text)
            case "symbol": match.symbol = Glob(text)
            default:
                match.model = Glob(text)
                modelPlace = place
            }
        }
    }

    private mutating func readLabels(_ reader: inout RulesReader, _ bytes: RawSpan) throws(DecodeError) {
        try reader.object("`labels`", nil, bytes) { reader, key throws(DecodeError) in
            let place = try reader.start(bytes)
            RuleDraft.check(key, taken: RuleDraft.ownLabels, count: labels.count, place, &reader.problems)
            guard let text = try reader.name("label", bytes) else { return }
            if text.contains("{{") {
                reader.problems.note(place, "labels have no places such as `{{`: annotations have")
            }
            if key == "model" { modelLabelPlace = place }
            labels[key] = text
        }
    }

    private mutating func readAnnotations(_ reader: inout RulesReader, _ bytes: RawSpan) throws(DecodeError) {
        try reader.object("`annotations`", nil, bytes) { reader, key throws(DecodeError) in
            let place = try reader.start(bytes)
            RuleDraft.check(key, taken: [], count: annotations.count, place, &reader.problems)
            guard let text = try reader.text("annotation", bytes) else { return }
            if !(1...RuleLimits.annotationBytes).contains(text.bytes.count) {
                return reader.problems.note(place, "an annotation is 1 to \(RuleLimits.annotationBytes) bytes long")
            }
            annotations.append((key, text))
        }
    }

    /// The rule, where all that it needs is there; what is wrong goes to `problems`.
    func rule(in group: String, _ problems: inout ProblemList) -> AlertRule? {
        if !hasName { problems.note(place, "a rule needs an `alert`, its name") }
        if !hasExpression { problems.note(place, "a rule needs an `expr`") }
        var expression: RuleExpression?
        if let source {
            let (parsed, errors) = ExpressionParser.parse(source.bytes)
            for error in errors { problems.note(source.place(error.at), error.message) }
            expression = parsed
        }
        // What cannot be read may be of models.
        let isOfModels = expression.map { $0.kinds.contains(where: \.hasModel) } ?? true
        let own = RuleDraft.ownLabels + (isOfModels ? ["model"] : [])
        let names = own + labels.keys.filter { !own.contains($0) }.sorted()
        var templates: [String: RuleTemplate] = [:]
        for (name, text) in annotations {
            templates[name] = RuleTemplate(text, labels: names) { problems.note(text.place($0), $1) }
        }
        guard let name, let expression else { return nil }
        if let modelPlace, !isOfModels {
            problems.note(modelPlace, "`model` is of rules that look at `prediction` or `score`")
        }
        if let modelLabelPlace, isOfModels {
            problems.note(
                modelLabelPlace, "alerts of rules that look at `prediction` or `score` have the label `model` already")
        }
        return AlertRule(
            name: name, group: group, expression: expression,
            patience: RulePatience(forMs: forMs, keepFiringForMs: keepFiringForMs),
            match: match, labels: labels, annotations: templates)
    }

    /// Labels that every alert has.
    private static let ownLabels = ["alertname", "source", "symbol"]

    /// Takes note where `key` cannot be the name of one more label or annotation.
    private static func check(
        _ key: String, taken: [String], count: Int, _ place: Int, _ problems: inout ProblemList
    ) {
        if taken.contains(key) { problems.note(place, "every alert has the label `\(key)` already") }
        if count == RuleLimits.texts { problems.note(place, "a rule has at most \(RuleLimits.texts) of these") }
        let isName =
            key.utf8.count <= RuleLimits.nameBytes && key.first?.isNumber == false
            && key.utf8.allSatisfy { byte in
                (byte | 0x20) &- UInt8(ascii: "a") <= 25 || byte &- UInt8(ascii: "0") <= 9 || byte == UInt8(ascii: "_")
            }
        if !isName { problems.note(place, "its name must be of letters, digits and `_`, and begin with no digit") }
    }
}
