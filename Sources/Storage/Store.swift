package import CryptoCore

/// Where rows are kept. One thread uses a store: it blocks, and owns no thread of its own.
package protocol Store: AnyObject {
    /// Who the store is; nil before `begin`.
    var identity: StoreIdentity? { get }

    /// Whether rows are there; for a store without an identity: a version wrote them that made none.
    func hasRows() throws(StoreError) -> Bool

    /// Gives a store its identity and what it holds already. Where another thread or process was first, its identity
    /// and offsets stay.
    func begin(_ identity: StoreIdentity, holding: [HeldPartition]) throws(StoreError)

    /// Everything that the store says it holds, read anew.
    func held() throws(StoreError) -> [HeldPartition]

    /// Writes a batch and returns when it is durable. The same rows again, in any order and any batches, leave the
    /// same content: a row whose id is there is kept (`Table.isImmutable`) or replaced, and a provisional window
    /// replaces neither a final one nor a provisional one that counts more.
    ///
    /// - Parameters:
    ///   - holding: what the store holds of each partition with these rows. It is remembered together with them, but
    ///     only when no row was refused: a dead letter is to be sent first, then comes `hold`.
    ///   - now: what `inserted_at` gets, ms since the epoch; never used for anything else than that and `--keep`.
    /// - Returns: what was taken and what was refused; all others are stored.
    /// - Throws: `.away`, `.fatal`, `.replaced`; then any part of the batch may be stored, and the whole is to be
    ///   written again.
    func write(
        _ batch: borrowing RowBatch, holding: [HeldPartition], now: Int64
    ) throws(StoreError) -> WriteOutcome

    /// Remembers what the store holds of these partitions, whatever it said before.
    /// - Throws: `.away`, `.fatal`, `.replaced`.
    func hold(_ partitions: [HeldPartition]) throws(StoreError)

    /// Looks whether the store is still the one that was opened.
    /// - Throws: `.replaced` when it is not: open it anew; `.away`.
    func check() throws(StoreError)
}

/// What a store did with a batch.
package struct WriteOutcome: Equatable, Sendable {
    /// How many rows were new or replaced another, by table. One that was there already, and stayed, is not among them.
    package var taken: [Table: Int] = [:]
    /// The rows refused, in order.
    package var rejected: [RejectedRow] = []

    package init() {}

    mutating func take(_ table: Table, _ count: Int = 1) { taken[table, default: 0] += count }
}

/// Limits that every backend keeps, so that the same rows get into each.
package enum StoreLimits {
    /// A larger row is refused: a MongoDB document ends at 16 MiB, and some of it is field names.
    package static let rowBytes = 15 << 20
    static let tooLarge = "larger than \(rowBytes >> 20) MiB"
}

/// What a store's library said.
package struct StoreFault: Equatable, Sendable, CustomStringConvertible {
    /// The C function or command.
    package let operation: String
    /// The library's code; 0 where there is none.
    package let code: Int
    package let message: String

    package init(_ operation: String, code: Int = 0, _ message: String) {
        self.operation = operation
        self.code = code
        self.message = message
    }

    package var description: String { "\(operation): \(message)" + (code == 0 ? "" : " (code \(code))") }
}

/// Why a store cannot be used.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text after `--store` is none that we know; says how to mend it.
    case badLocation(String)
    /// Asked for what a table has not; says what.
    case badQuery(String)
    /// Nothing to read there yet: no file, or a database without tables. Says where.
    case missing(String)
    /// Not there, locked, full or not ready: wait and do the same again.
    case away(StoreFault)
    /// Deleted, moved or dropped while it was open: what stands at its address is another store, or none. Says what.
    case replaced(String)
    /// Waiting would not help: wrong credentials or rights, not a database. Says how to mend it.
    case fatal(StoreFault, mend: String)
    /// Nobody waits any more for what was read: see `WantedReader`.
    case notWanted

    package var description: String {
        switch self {
        case .badLocation(let text), .badQuery(let text), .missing(let text), .replaced(let text): text
        case .away(let fault): fault.description
        case .fatal(let fault, let mend): "\(fault); \(mend)"
        case .notWanted: "nobody waits for it any more"
        }
    }
}
