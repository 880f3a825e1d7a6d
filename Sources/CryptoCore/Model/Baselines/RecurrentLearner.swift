/// A recurrent network of eight units as a learner. It goes through each series' rows in the order of time, 32 at a time, and
/// remembers; of many rows the newest 200,000 teach.
///
/// *Source*: truncated back-propagation through time (Williams, Peng 1990), steps by Adam (Kingma, Ba 2015).
package struct RecurrentLearner: Learner {
    package let name = "recurrent network"
    private static let units = 8
    private static let chunk = 32
    private static let mostRows = 200_000
    private static let mostRounds = 20

    private let seed: UInt64

    package init(seed: UInt64 = 1) { self.seed = seed }

    package func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        let newest = train.rows(Array(max(0, train.count - RecurrentLearner.mostRows)..<train.count))
        let scale = Standardisation(newest.columns)
        var network = RecurrentNetwork(
            inputs: train.columns.count, units: RecurrentLearner.units, seed: seed, upShare: newest.upShare)
        let states = RecurrentLearner.teach(&network, newest, scale)
        return RecurrentLearner.forecasts(network, test, scale, states)
    }

    /// Rows of one series that the network takes at once.
    private struct Chunk {
        var series: String
        var rows: [Int]
    }

    /// Every series' rows cut in chunks, in the order of their first rows.
    private static func chunks(of table: RowTable) -> [Chunk] {
        var open = [[Int]](repeating: [], count: table.series.count)
        var done: [Chunk] = []
        for i in 0..<table.count {
            let series = Int(table.seriesIndex[i])
            open[series].append(i)
            if open[series].count == chunk {
                done.append(Chunk(series: table.series[series], rows: open[series]))
                open[series] = []
            }
        }
        for (series, rows) in open.enumerated() where !rows.isEmpty {
            done.append(Chunk(series: table.series[series], rows: rows))
        }
        return done.sorted { $0.rows[0] < $1.rows[0] }
    }

    private static func values(_ rows: [Int], _ table: RowTable, _ scale: Standardisation) -> [Double] {
        rows.flatMap { row in table.columns.indices.map { scale.value(table.columns[$0][row], $0) } }
    }

    /// Teaches the network; says in which state each series left it.
    private static func teach(
        _ network: inout RecurrentNetwork, _ train: RowTable, _ scale: Standardisation
    ) -> [String: [Double]] {
        var states: [String: [Double]] = [:]
        var adam = Adam(count: network.parameters.count)
        let blank = [Double](repeating: 0, count: units)
        let all = chunks(of: train).map { (series: $0.series, rows: $0.rows, values: values($0.rows, train, scale)) }
        let rounds = min(max(mostRows / max(train.count, 1), 1), mostRounds)
        for _ in 0..<rounds {
            states = [:]
            for chunk in all {
                if Task.isCancelled { return states }
                let trace = network.run(chunk.values.span, from: states[chunk.series] ?? blank)
                let targets = chunk.rows.map { train.targets[$0] }
                adam.step(&network.parameters, network.gradient(chunk.values.span, targets[...], trace))
                states[chunk.series] = Array(trace.states.suffix(units))
            }
        }
        return states
    }

    private static func forecasts(
        _ network: RecurrentNetwork, _ test: RowTable, _ scale: Standardisation, _ start: [String: [Double]]
    ) -> [Double] {
        var states = start
        var result = [Double](repeating: .nan, count: test.count)
        let blank = [Double](repeating: 0, count: units)
        for chunk in chunks(of: test) {
            let values = values(chunk.rows, test, scale)
            let trace = network.run(values.span, from: states[chunk.series] ?? blank)
            for (row, probability) in zip(chunk.rows, trace.probabilities) { result[row] = probability }
            states[chunk.series] = Array(trace.states.suffix(units))
        }
        return result
    }
}

/// Steps against a gradient, by its running mean over the root of its running mean square.
private struct Adam {
    private static let length = 0.005
    private static let keep = (mean: 0.9, square: 0.999)

    private var means: [Double]
    private var squares: [Double]
    private var rests = (mean: 1.0, square: 1.0)

    init(count: Int) {
        means = Array(repeating: 0, count: count)
        squares = Array(repeating: 0, count: count)
    }

    mutating func step(_ parameters: inout [Double], _ gradient: [Double]) {
        rests.mean *= Adam.keep.mean
        rests.square *= Adam.keep.square
        for i in parameters.indices {
            means[i] = Adam.keep.mean * means[i] + (1 - Adam.keep.mean) * gradient[i]
            squares[i] = Adam.keep.square * squares[i] + (1 - Adam.keep.square) * gradient[i] * gradient[i]
            let mean = means[i] / (1 - rests.mean)
            let square = squares[i] / (1 - rests.square)
            parameters[i] -= Adam.length * mean / (square.squareRoot() + 1e-8)
        }
    }
}
