internal import CryptoCore

/// What the decoders of past trades share.
extension [HistoricTrade] {
    /// By ascending id, each once; answers mostly are so already.
    func sortedByID() -> [HistoricTrade] {
        if zip(self, dropFirst()).allSatisfy({ $0.id < $1.id }) { return self }
        var seen: Set<Int64> = []
        return sorted { $0.id < $1.id }.filter { seen.insert($0.id).inserted }
    }
}
