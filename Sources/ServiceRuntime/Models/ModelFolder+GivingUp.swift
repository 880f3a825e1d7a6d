internal import System

extension ModelFolder {
    /// Removes the model of old versions, whose other files stay: the record of what they were. The version that is served keeps its own.
    ///
    /// - Parameters:
    ///   - kept: so many of the newest of these versions keep their model.
    ///   - isGivenUp: whether a version is one of these; asked with the bytes of its card, which are empty where there is none.
    /// - Returns: the versions whose model went.
    /// - Throws: what the system says.
    package func giveUpModels(
        but kept: Int, where isGivenUp: ([UInt8]) -> Bool
    ) throws(ModelFolderError) -> [Int] {
        try Folder.whileLocked(path) { () throws(ModelFolderError) in
            let current = try current()
            let old = try versions().filter { version in
                version != current && has(ModelFolder.modelFile, version: version) && isGivenUp(card(of: version))
            }.dropLast(kept)
            for version in old { Directory.remove(path(of: ModelFolder.modelFile, version: version)) }
            return Array(old)
        }
    }

    private func card(of version: Int) -> [UInt8] {
        let file = path(of: ModelFolder.cardFile, version: version)
        return (try? FileDescriptor(opening: file).contents(upTo: 1 << 20)) ?? []
    }
}
