package import CryptoCore

/// A service that reads topics and writes others, exactly once: its topics, its core, and what it shows of them.
///
/// `StreamProcessor` runs it. A service needs `topics` and `core`; the rest is for those that show or print something.
package protocol StreamService<Core>: Sendable {
    associatedtype Core: StreamCore

    /// What it reads and writes.
    var topics: StreamTopics { get }

    /// A core of partition number `partition`, without history.
    func core(of partition: Int32) -> Core

    /// What to do about an input that has nothing to read, while others have. Of several inputs only.
    var quietInputs: QuietInputs { get }

    /// Which inputs are put into one order: a number for each, inputs of the same number wait for each other. Nil: all of them.
    var inputGroups: [Int]? { get }

    /// Where it begins to read what its group never read.
    var firstStart: StreamStart { get }

    /// How long (ms) a broker must have answered without a break before `partitionEnded` believes it.
    var steadyMs: Int64 { get }

    /// Whether it has done what it was started for: the loop commits and ends.
    var isDone: Bool { get }

    /// Whether it wants its next turn at once: polls need not wait.
    var isBusy: Bool { get }

    /// Changes what the cores compute by, between two records; called before each poll. What that leads to goes to `output`.
    /// *Complexity*: next to nothing where nothing is to be changed.
    mutating func change(_ cores: inout [Core?], into output: inout OutputBatch)

    /// Called before each poll. *Complexity*: next to nothing where there is nothing to show.
    mutating func turn(_ cores: [Core?], at nowMs: Int64)

    /// Called once a second, for gauges.
    /// - Parameter unread: how many records wait to be read.
    mutating func show(_ cores: [Core?], unread: Int, at nowMs: Int64)

    /// A core begins, new or restored.
    mutating func assigned(_ core: Core, partition: Int32)

    /// The next commit will hold these records.
    mutating func wrote(_ batch: OutputBatch)

    /// What was written is committed.
    mutating func committed(_ cores: [Core?])

    /// What was written is taken back.
    mutating func aborted()

    /// The loop has ended in order.
    mutating func ended()
}

extension StreamService {
    package var quietInputs: QuietInputs { .goOn }
    package var inputGroups: [Int]? { nil }
    package var firstStart: StreamStart { .beginning }
    package var steadyMs: Int64 { 0 }
    package var isDone: Bool { false }
    package var isBusy: Bool { false }
    package mutating func change(_ cores: inout [Core?], into output: inout OutputBatch) {}
    package mutating func turn(_ cores: [Core?], at nowMs: Int64) {}
    package mutating func show(_ cores: [Core?], unread: Int, at nowMs: Int64) {}
    package mutating func assigned(_ core: Core, partition: Int32) {}
    package mutating func wrote(_ batch: OutputBatch) {}
    package mutating func committed(_ cores: [Core?]) {}
    package mutating func aborted() {}
    package mutating func ended() {}
}

/// The topics of a stream service.
package struct StreamTopics: Equatable, Sendable {
    /// What it reads. A series lies in the same partition number of each.
    package let inputs: [Topic]
    /// What it writes; dead letters go without saying.
    package let outputs: [Topic]
    /// Its changelog, written by the number of the input's partition.
    package let state: Topic

    package init(inputs: [Topic], outputs: [Topic], state: Topic) {
        precondition(!inputs.isEmpty, "a stream service reads something")
        self.inputs = inputs
        self.outputs = outputs.filter { $0 != .deadLetter }
        self.state = state
    }

    /// What it writes, dead letters and changelog included.
    package var written: [Topic] { outputs + [.deadLetter, state] }
    /// All of them.
    package var all: [Topic] { inputs + written }
}
