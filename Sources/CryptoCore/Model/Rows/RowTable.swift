/// Rows with their targets, column by column: what models are trained on and judged by.
package struct RowTable: Equatable, Sendable {
    package let preset: Preset
    /// The features. *Shape*: columns × rows; NaN where a value is unknown.
    package internal(set) var columns: [[Float]]
    /// 0 or 1 a row.
    package internal(set) var targets: [UInt8] = []
    /// Whether the rows have times; without them only their order is known.
    package internal(set) var hasTimes = true
    /// When each row was known, ms since the epoch; empty where the rows have no times, but only an order.
    package internal(set) var times: [Int64] = []
    /// The target of each row looks at nothing from this time on; empty as `times`.
    package internal(set) var until: [Int64] = []
    /// What each rule of the preset says. *Shape*: rules × rows; -1, 0 or +1.
    package internal(set) var rules: [[Int8]]
    /// Whether the tick that decided a row had its millisecond; empty where that means nothing (other presets, rows without times).
    package internal(set) var isSameMillisecond: [Bool] = []
    /// The series of each row, as a place in `series`.
    package internal(set) var seriesIndex: [Int32] = []
    package internal(set) var series: [String]

    /// No rows, of one series.
    package init(_ preset: Preset, series: String) {
        self.preset = preset
        self.series = [series]
        columns = Array(repeating: [], count: preset.features.count)
        rules = Array(repeating: [], count: preset.rules.count)
    }

    package var count: Int { targets.count }
    package var names: [String] { preset.features.map(\.name) }
    /// What a forest learns from.
    package var trainingSet: TrainingSet { TrainingSet(features: features, targets: targets) }
    package var features: FeatureMatrix { FeatureMatrix(names: names, columns: columns) }
    /// Rows with target 1.
    package var upCount: Int { targets.reduce(0) { $0 + Int($1) } }
    /// The share of rows with target 1; 0 without rows.
    package var upShare: Double { targets.isEmpty ? 0 : Double(upCount) / Double(count) }

    /// The rules of the preset, fitted on these rows.
    package var fittedRules: [FittedRule] {
        zip(preset.rules, rules).map { FittedRule(name: $0.rawValue, values: $1, targets: targets) }
    }

    /// The rows with these numbers, in this order.
    package func rows(_ indices: some Collection<Int>) -> RowTable {
        func picked<Value>(_ values: [Value]) -> [Value] { values.isEmpty ? [] : indices.map { values[$0] } }
        var table = self
        table.columns = columns.map(picked)
        table.rules = rules.map(picked)
        table.targets = picked(targets)
        table.times = picked(times)
        table.until = picked(until)
        table.isSameMillisecond = picked(isSameMillisecond)
        table.seriesIndex = picked(seriesIndex)
        return table
    }

    /// The rows of several series in the order of their times; those of one time, and rows without times, in the order of the tables.
    /// - Precondition: at least one table, all of one preset, each sorted by time, or all without times.
    package static func merging(_ tables: [RowTable]) -> RowTable {
        precondition(!tables.isEmpty && tables.allSatisfy { $0.preset == tables[0].preset }, "rows of one preset")
        guard tables.count > 1 else { return tables[0] }
        let all = tables.dropFirst().reduce(tables[0]) { $0.followed(by: $1) }
        guard all.hasTimes else { return all }
        let times = all.times
        return all.rows(times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
    }

    /// These rows, and behind them the `other` ones.
    /// - Precondition: of the same preset, and both with times or both without.
    package func followed(by other: RowTable) -> RowTable {
        precondition(preset == other.preset, "rows of one preset")
        precondition(hasTimes == other.hasTimes, "all rows with times, or all without")
        var all = self
        for i in columns.indices { all.columns[i] += other.columns[i] }
        for i in rules.indices { all.rules[i] += other.rules[i] }
        all.targets += other.targets
        all.times += other.times
        all.until += other.until
        all.isSameMillisecond += other.isSameMillisecond
        let places = other.series.map { name in
            if let place = all.series.firstIndex(of: name) { return Int32(place) }
            all.series.append(name)
            return Int32(all.series.count - 1)
        }
        all.seriesIndex += other.seriesIndex.map { places[Int($0)] }
        return all
    }
}

extension RowTable: RowSink {
    /// Appends a row of the (only) series.
    package mutating func decided(_ row: Row, _ outcome: RowOutcome) {
        for i in columns.indices { columns[i].append(row.feature(i)) }
        for i in rules.indices { rules[i].append(row.rule(i)) }
        targets.append(outcome.target)
        seriesIndex.append(0)
        guard hasTimes else { return }
        times.append(row.time)
        until.append(outcome.until)
        if preset == .direction { isSameMillisecond.append(outcome.isSameMillisecond) }
    }
}
