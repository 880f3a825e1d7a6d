internal import System

/// What the card of a version says of it as a challenger.
package struct ChallengeRecord: Sendable, Equatable {
    /// The version that it was held against.
    package let champion: Int
    /// Whether it was worse, or not clearly better.
    package let isLost: Bool

    package init(champion: Int, isLost: Bool) { (self.champion, self.isLost) = (champion, isLost) }
}

extension ModelFolder {
    /// Removes the model of old challengers that lost, whose other files stay: the record of what they were.
    ///
    /// Whatever was served keeps its own: the version that `current` names, the one before it, and each that a card names as champion.
    /// - Parameters:
    ///   - kept: so many of the newest of these challengers keep their model.
    ///   - record: what a card says, by its bytes; nil: its version was no challenger.
    /// - Returns: the versions whose model went.
    /// - Throws: what the system says; also where `current` cannot be read.
    package func giveUpModels(
        but kept: Int, _ record: ([UInt8]) -> ChallengeRecord?
    ) throws(ModelFolderError) -> [Int] {
        try Folder.whileLocked(path) { () throws(ModelFolderError) in
            var lost: [Int] = [], served = Set([try current(), previous].compactMap(\.self))
            for version in try versions() {
                guard let record = record(card(of: version)) else { continue }
                served.insert(record.champion)
                if record.isLost, has(ModelFolder.modelFile, version: version) { lost.append(version) }
            }
            let old = lost.filter { !served.contains($0) }.dropLast(kept)
            for version in old { Directory.remove(path(of: ModelFolder.modelFile, version: version)) }
            return Array(old)
        }
    }

    private func card(of version: Int) -> [UInt8] {
        let file = path(of: ModelFolder.cardFile, version: version)
        return (try? FileDescriptor(opening: file).contents(upTo: 1 << 20)) ?? []
    }
}
