package import CryptoCore

/// Reads another reader's store as long as somebody waits: then each call throws `.notWanted`.
///
/// Whatever goes through many pages or series ends by it within a page, and need not ask by itself. *Thread*: the other reader's.
package final class WantedReader: StoreReader {
    private let reader: any StoreReader
    private let isWanted: () -> Bool

    package init(_ reader: any StoreReader, while isWanted: @escaping () -> Bool) {
        self.reader = reader
        self.isWanted = isWanted
    }

    package var identity: StoreIdentity? { reader.identity }
    package var byteCount: Int64? { reader.byteCount }

    package func series(in table: Table) throws(StoreError) -> [Series] { try wanted().series(in: table) }

    package func read(
        _ query: StoreQuery, after cursor: StoreCursor?, into page: inout RowPage
    ) throws(StoreError) {
        try wanted().read(query, after: cursor, into: &page)
    }

    package func buckets(_ query: BucketQuery) throws(StoreError) -> [Bucket] { try wanted().buckets(query) }

    package func approximateCount(of table: Table) throws(StoreError) -> Int64? {
        try wanted().approximateCount(of: table)
    }

    package func check() throws(StoreError) { try wanted().check() }

    private func wanted() throws(StoreError) -> any StoreReader {
        guard isWanted() else { throw .notWanted }
        return reader
    }
}
