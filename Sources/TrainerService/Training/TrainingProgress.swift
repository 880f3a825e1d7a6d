internal import ServiceKit
internal import Synchronization

/// How far a training is: told by whoever works, shown by whoever waits. *Thread*: any.
final class TrainingProgress: Sendable {
    enum Stage: String, Sendable {
        /// Reading a forest, reading ticks, making rows of these, growing the forest that is kept, judging.
        case importing, reading, arranging, growing, judging
    }

    struct State: Sendable, Equatable {
        var stage = Stage.reading
        var ticks = 0
        /// The share of the stage that is done; nil while nobody knows.
        var share: Double?
        var trees = (done: 0, of: 0)

        static func == (a: State, b: State) -> Bool {
            a.stage == b.stage && a.ticks == b.ticks && a.share == b.share && a.trees == b.trees
        }
    }

    private let state = Mutex(State())

    var now: State { state.withLock { $0 } }

    func begin(_ stage: Stage) {
        state.withLock { state in
            state.stage = stage
            state.share = nil
            state.trees = (0, 0)
        }
    }

    func note(ticks: Int) { state.withLock { $0.ticks = ticks } }
    func note(share: Double) { state.withLock { $0.share = share } }
    func beginTrees(_ count: Int) { state.withLock { $0.trees = (0, count) } }
    func noteTree() { state.withLock { $0.trees.done += 1 } }
}

extension TrainingProgress.State {
    private static let width = 24

    /// `judging [#########---------------] 40 %, tree 12 of 100`.
    var text: String {
        if stage == .importing { return "reading the forest" }
        if stage == .reading { return "reading, \(CardNumber.grouped(ticks)) ticks" }
        if stage == .arranging { return "making rows of \(CardNumber.grouped(ticks)) ticks" }
        let share = share ?? (trees.of > 0 ? Double(trees.done) / Double(trees.of) : 0)
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
        let tree = trees.of > 0 ? ", tree \(trees.done) of \(trees.of)" : ""
        return "\(stage.rawValue) [\(bar)] \(CardNumber.fixed(share * 100, 0)) %\(tree)"
    }

    /// The same for the log.
    var fields: Log.Fields {
        switch stage {
        case .importing: ["stage": stage.rawValue]
        case .reading: ["stage": stage.rawValue, "ticks": ticks]
        case .arranging, .growing, .judging:
            ["stage": stage.rawValue, "trees": "\(trees.done)/\(trees.of)", "percent": Int((share ?? 0) * 100)]
        }
    }
}
