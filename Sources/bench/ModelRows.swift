import CryptoCore
import Glibc
import System

/// The rows of the model's benchmarks, in memory and as a file that other programs read.
struct ModelRows {
    /// The file: a header, then the features and the target.
    let path: String
    let train: TrainingSet
    let test: TrainingSet

    /// - Parameters:
    ///   - data: a file; nil: `count` synthetic trades are written to `folder`.
    ///   - trainCount: how many of the first rows train; nil: four of five.
    init(data: String?, count: Int, trainCount: Int?, folder: String) throws {
        path = data ?? folder + "/rows.csv"
        if data == nil { try SyntheticTrades(count: count).write(to: path) }
        let (names, columns) = try ModelRows.read(path)
        guard let targets = columns.last, names.count > 1, targets.count >= 10 else {
            throw SelfProcess.Failed(reason: "\(path) has too few columns or rows")
        }
        let cut = min(trainCount ?? targets.count / 5 * 4, targets.count - 1)
        func set(_ rows: Range<Int>) -> TrainingSet {
            TrainingSet(
                features: FeatureMatrix(
                    names: Array(names.dropLast()), columns: columns.dropLast().map { Array($0[rows]) }),
                targets: targets[rows].map { $0 > 0 ? 1 : 0 })
        }
        train = set(0..<cut)
        test = set(cut..<targets.count)
    }

    private static func read(_ path: String) throws -> ([String], [[Float]]) {
        guard let file = fopen(path, "r") else { throw SelfProcess.Failed(reason: "\(path) cannot be read") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        guard fgets(&line, 4_096, file) != nil else { throw SelfProcess.Failed(reason: "\(path) is empty") }
        let header = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let names = header.split(separator: ",").map(String.init)
        var columns = [[Float]](repeating: [], count: names.count)
        while fgets(&line, 4_096, file) != nil {
            line.withUnsafeMutableBufferPointer { text in
                var at = text.baseAddress
                for column in columns.indices {
                    guard let start = at else { return }
                    columns[column].append(Float(strtod(start, &at)))
                    at = at.map { $0 + ($0.pointee == 44 ? 1 : 0) }
                }
            }
        }
        return (names, columns)
    }

    /// The area under the ROC curve of what a forest says of the test rows; ties count half.
    func auc(_ forest: Forest) -> Double {
        let probabilities = forest.probabilities(test.features)
        let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
        var below = 0.0, sum = 0.0, at = 0
        while at < order.count {
            let tied = order[at...].prefix { probabilities[$0] == probabilities[order[at]] }
            let ones = Double(tied.count { test.targets[$0] == 1 }), zeros = Double(tied.count) - ones
            sum += ones * (below + zeros / 2)
            below += zeros
            at += tied.count
        }
        return sum / (below * (Double(order.count) - below))
    }
}

/// Other programs with the same rows: `Tests/ModelPeers/model_peers.py`, run from the folder of the repository.
enum ModelPeers {
    /// The numbers that the script prints.
    static func run(_ python: String, _ words: [String]) throws -> [Double] {
        try numbers(OtherProcess([python, "Tests/ModelPeers/model_peers.py"] + words).finish())
    }

    static func numbers(_ text: String) -> [Double] {
        text.split { $0 == " " || $0 == "\n" || $0 == "," }.compactMap { Double($0) }
    }

    /// The upper one of two in the middle; nan of none.
    static func median(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.sorted()[values.count / 2] }

    static func rounded(_ value: Double, _ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        return "\((value * scale).rounded() / scale)"
    }
}
