package import CryptoCore

/// Reads what a sink has written and goes on writing; never changes it, and makes a writer wait for a quarter of a second
/// at most, where reading without a pause keeps an SQLite log from being emptied.
///
/// One thread uses a reader: it blocks, and owns no thread of its own. Every call is short where the store allows it (one
/// page, one slice of time), so that nothing is held open between calls. SQLite files and MongoDB databases can be read,
/// also those of 0.1.0.
package protocol StoreReader: AnyObject {
    /// Who the store is; nil while no sink has given it an identity, as in those of 0.1.0.
    var identity: StoreIdentity? { get }

    /// The series of which a table has rows, by source and symbol; none for a table whose rows have no series.
    ///
    /// *Complexity*: SQLite: a search for each series, of ticks a look at the newest too, of predictions a look at all. MongoDB: a command for each source,
    /// which MongoDB answers from its index; FerretDB goes through the collection.
    /// - Throws: `.away`, `.fatal`, `.replaced`.
    func series(in table: Table) throws(StoreError) -> [Series]

    /// Replaces a page's content with the next rows that a query finds, in the order of their time and then of `_id`.
    ///
    /// The page's cursor leads on. It stays good while rows are written: what lies behind it in the query's order is found
    /// once, whatever was added or replaced meanwhile; what is written before it is not. Rows that come at the end are found
    /// by asking again with the same cursor.
    ///
    /// - Parameter cursor: where the page before ended; nil begins at the beginning.
    /// - Throws: `.away`, `.fatal`, `.replaced`; then the page is empty.
    func read(_ query: StoreQuery, after cursor: StoreCursor?, into page: inout RowPage) throws(StoreError)

    /// One column summed up for each bucket of time in which it has values, oldest first.
    /// - Throws: `.away`, `.fatal`, `.replaced`.
    func buckets(_ query: BucketQuery) throws(StoreError) -> [Bucket]

    /// How much room the store takes; nil where that is not known without asking long.
    var byteCount: Int64? { get }

    /// About how many rows a table has; nil where that is not known without counting them.
    /// - Throws: `.away`, `.fatal`, `.replaced`.
    func approximateCount(of table: Table) throws(StoreError) -> Int64?

    /// Looks whether the store is still the one that was opened.
    /// - Throws: `.replaced` when it is not: open it anew; `.away`.
    func check() throws(StoreError)
}

extension StoreReader {
    /// The first page of a query.
    package func read(_ query: StoreQuery) throws(StoreError) -> RowPage {
        var page = RowPage()
        try read(query, after: nil, into: &page)
        return page
    }

    /// Calls `body` with page after page until the query finds no more rows.
    package func forEachPage(
        of query: StoreQuery, _ body: (borrowing RowPage) throws(StoreError) -> Void
    ) throws(StoreError) {
        var page = RowPage()
        repeat {
            try read(query, after: page.cursor, into: &page)
            try body(page)
        } while page.hasMore
    }
}

extension StoreLocation {
    /// Opens the store for reading; nothing is created.
    /// - Throws: `.missing` where there is none; `.fatal` when it is no store of ours, or a newer version's; `.away`.
    package func openReader() throws(StoreError) -> any StoreReader {
        switch backend {
        case .mongoDB(let pool): try MongoStoreReader(pool: pool)
        case .sqlite(let path): try SQLiteStoreReader(path: path)
        case .csv(let folder):
            throw .badLocation(
                "csv:\(folder) can only be written: rows are read from sqlite:FILE or mongodb://HOST/DATABASE")
        }
    }
}
