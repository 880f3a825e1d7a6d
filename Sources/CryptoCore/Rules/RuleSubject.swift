/// What a rule looks at for itself: a series, or what one model says of a series.
///
/// A rule that names predictions or scores has an alert for each model, as two models of a series have nothing to do with each other.
package struct RuleSubject: Hashable, Sendable {
    package let series: Series
    /// Nil for rules that look at no model.
    package let model: String?

    package init(_ series: Series, model: String? = nil) { (self.series, self.model) = (series, model) }
}

extension RuleSubject {
    /// The version of what `encode` writes.
    static let version: Int64 = 1

    /// *Shape*: a version, how long the series' key is, the key and the model's name.
    func encode(into writer: inout ChangelogWriter) {
        let key = series.description.utf8
        writer.put(RuleSubject.version)
        writer.put(key.count)
        writer.bytes += key
        writer.bytes += (model ?? "").utf8
    }

    /// Reads what `encode` wrote behind the version.
    init(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        let count = try reader.count(ofSize: 1)
        let rest = reader.bytes.suffix(reader.remaining)
        guard let key = String(validating: rest.prefix(count), as: UTF8.self), let series = Series(key),
            let model = String(validating: rest.dropFirst(count), as: UTF8.self)
        else { throw ChangelogReader.Malformed() }
        self.init(series, model: model.isEmpty ? nil : model)
    }
}

extension AlertRule {
    /// Whether it looks at predictions or scores: then it has an alert for each model.
    var isOfModels: Bool { expression.kinds.contains(where: \.hasModel) }

    /// Its alerts' labels beside `alertname`, `source` and `symbol`.
    func labels(of subject: RuleSubject) -> [String: String] {
        guard let model = subject.model else { return labels }
        return labels.merging(["model": model]) { $1 }
    }
}
