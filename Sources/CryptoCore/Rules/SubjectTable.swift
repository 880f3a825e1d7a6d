/// The subjects that were met, by their series' Kafka keys, and which rules look at each.
///
/// Series and subjects are numbered in the order in which they were met. A series is a subject itself, and so is each model of which
/// a record came.
struct SubjectTable: Sendable {
    /// A model of a series, and the number of both as a subject.
    private struct Model: Sendable {
        let name: [UInt8]
        let subject: Int
    }

    private(set) var subjects: ContiguousArray<RuleSubject> = []
    /// The rules of each subject: an index of `groups`.
    private var groupOf: ContiguousArray<Int32> = []
    private(set) var groups: ContiguousArray<SubjectRules> = []
    private var groupIndex: [[Int32]: Int32] = [:]
    private var keys = SeriesTable()
    /// Each series as a subject.
    private var ownOf: ContiguousArray<Int> = []
    private var modelsOf: ContiguousArray<[Model]> = []
    /// Which kinds of a series' records any rule looks at: a bit each.
    private var lookedOf: ContiguousArray<UInt8> = []

    init() {}

    var count: Int { subjects.count }

    /// The rules that look at a subject.
    func rules(of subject: Int) -> SubjectRules { groups[Int(groupOf[subject])] }

    // MARK: Series

    func series(of key: RawSpan) -> Int? { keys.index(of: key) }

    /// Reads a canonical trade of a series; nil when it is something else.
    @inline(__always)
    func trade(of series: Int, in bytes: RawSpan) -> TickView? { keys.trade(of: series, in: bytes) }

    /// Whether a rule looks at records of a kind, of the series or of any model of it.
    func look(at kind: RecordKind, of series: Int) -> Bool { lookedOf[series] & kind.bit != 0 }

    /// The series as a subject.
    func own(_ series: Int) -> Int { ownOf[series] }

    func modelCount(of series: Int) -> Int { modelsOf[series].count }

    /// A model of the series as a subject, by its place among the series' models.
    func model(_ place: Int, of series: Int) -> Int { modelsOf[series][place].subject }

    /// A model of the series as a subject; nil where none of its records came yet. *Complexity*: O(models), nothing allocated.
    func model(named name: RawSpan, of series: Int) -> Int? {
        for model in modelsOf[series] where model.name.count == name.byteCount {
            if model.name.span.bytes.equals(name, from: 0, count: name.byteCount) { return model.subject }
        }
        return nil
    }

    // MARK: Meeting

    /// Adds a subject; false where it is there, or is a model of a series that is not.
    mutating func add(_ subject: RuleSubject, of set: RuleSet) -> Bool {
        let key = Array(subject.series.description.utf8)
        let known = series(of: key.span.bytes)
        if let model = subject.model {
            let name = Array(model.utf8)
            guard let known, self.model(named: name.span.bytes, of: known) == nil else { return false }
            modelsOf[known].append(Model(name: name, subject: count))
        } else {
            guard known == nil else { return false }
            keys.insert(key.span.bytes, index: ownOf.count)
            ownOf.append(count)
            modelsOf.append([])
            lookedOf.append(set.kindsLooked(at: subject.series))
        }
        let matched = set.rules.indices.filter { set.look($0, at: subject) }.map { Int32($0) }
        if groupIndex[matched] == nil {
            groupIndex[matched] = Int32(groups.count)
            groups.append(SubjectRules(matched, of: set))
        }
        groupOf.append(groupIndex[matched] ?? 0)
        subjects.append(subject)
        return true
    }
}

extension RecordKind {
    fileprivate var bit: UInt8 { 1 << rawValue }
}

extension RuleSet {
    /// Whether a rule looks at a subject.
    fileprivate func look(_ rule: Int, at subject: RuleSubject) -> Bool {
        guard rules[rule].match.takes(subject.series), programs[rule].isOfModels == (subject.model != nil) else {
            return false
        }
        return subject.model.map { rules[rule].match.model.matches($0) } ?? true
    }

    fileprivate func kindsLooked(at series: Series) -> UInt8 {
        var bits: UInt8 = 0
        for (rule, program) in zip(rules, programs) where rule.match.takes(series) {
            for place in program.channels { bits |= channels[Int(channelLists[Int(place)])].kind.bit }
        }
        return bits
    }
}
