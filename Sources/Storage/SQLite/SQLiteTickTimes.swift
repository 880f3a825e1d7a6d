internal import CryptoCore

/// `tick_times`: when each series has ticks, so that those of one series are found without the others.
///
/// An index by series would cost a page for each series with every commit. This one is kept behind the ticks: what is older
/// than the mark in `tick_times_until` is in it, what is newer is found by going through the newest ticks. The mark moves on
/// by ten thousand ticks at a time, or a hundred for each series, which fill the pages that they touch. Ticks that come later with a
/// time before the mark are added as they come. Triggers do that, so that it holds for whatever program changes the ticks.
struct SQLiteTickTimes {
    /// Ticks that are added at a time, at least: more is cheaper to write, and more to go through for a reader.
    private static let leastRows: Int64 = 10_000
    private static let rowsPerSeries: Int64 = 100
    /// How far the mark stays behind the newest tick, so that most of what is late comes before it is passed: the longer the more
    /// comes later than that. While a backlog is caught up, partitions are minutes apart, and each tick behind the mark costs as much as
    /// the index of three before it. *Units*: ms.
    private static let settleMs: ClosedRange<Int64> = 10_000...320_000
    /// Ticks of which less than one comes late settle quickly.
    private static let ticksALate: Int64 = 50
    /// The series are counted at every so many steps: they are the same for long.
    private static let stepsACount = 8

    private let connection: SQLiteConnection
    private let mark: SQLiteStatement
    private let end: SQLiteStatement
    private let newest: SQLiteStatement
    private let series: SQLiteStatement
    private let add: SQLiteStatement
    private let move: SQLiteStatement
    /// Ticks that came since there were too few for a step; at the start nobody knows.
    private var waiting = leastRows
    /// Ticks that the next step adds.
    private var stepRows = leastRows
    private var steps = 0
    /// Where the mark was after the last step, ticks that have come since, and those of them that came behind it.
    private var until = Int64.min
    private var seen: Int64 = 0
    private var late: Int64 = 0
    private(set) var settleMs = SQLiteTickTimes.settleMs.lowerBound

    /// Creates the tables and triggers.
    static func create(on connection: SQLiteConnection) throws(StoreError) {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS tick_times
            (source TEXT NOT NULL, symbol TEXT NOT NULL, event_time INTEGER NOT NULL, PRIMARY KEY (source, symbol, event_time))
            STRICT, WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS tick_times_until (event_time INTEGER NOT NULL) STRICT;
            INSERT INTO tick_times_until SELECT \(Int64.min) WHERE NOT EXISTS (SELECT 1 FROM tick_times_until);
            CREATE TRIGGER IF NOT EXISTS tick_times_insert AFTER INSERT ON ticks
            WHEN NEW.event_time < (SELECT event_time FROM tick_times_until) BEGIN
                INSERT OR IGNORE INTO tick_times VALUES (NEW.source, NEW.symbol, NEW.event_time);
            END;
            CREATE TRIGGER IF NOT EXISTS tick_times_delete AFTER DELETE ON ticks
            WHEN NOT EXISTS (SELECT 1 FROM ticks
                WHERE event_time = OLD.event_time AND source = OLD.source AND symbol = OLD.symbol) BEGIN
                DELETE FROM tick_times
                WHERE source = OLD.source AND symbol = OLD.symbol AND event_time = OLD.event_time;
            END;
            CREATE TRIGGER IF NOT EXISTS tick_times_update AFTER UPDATE OF source, symbol, event_time ON ticks
            WHEN (OLD.source, OLD.symbol, OLD.event_time) IS NOT (NEW.source, NEW.symbol, NEW.event_time) BEGIN
                DELETE FROM tick_times
                WHERE source = OLD.source AND symbol = OLD.symbol AND event_time = OLD.event_time AND NOT EXISTS
                    (SELECT 1 FROM ticks
                    WHERE event_time = OLD.event_time AND source = OLD.source AND symbol = OLD.symbol);
                INSERT OR IGNORE INTO tick_times SELECT NEW.source, NEW.symbol, NEW.event_time
                WHERE NEW.event_time < (SELECT event_time FROM tick_times_until);
            END;
            """)
    }

    init(_ connection: SQLiteConnection) throws(StoreError) {
        self.connection = connection
        mark = try connection.prepare("SELECT event_time FROM tick_times_until")
        end = try connection.prepare(
            "SELECT event_time FROM ticks WHERE event_time >= ? ORDER BY event_time LIMIT 1 OFFSET ?")
        newest = try connection.prepare("SELECT max(event_time) FROM ticks")
        series = try connection.prepare(
            """
            SELECT count(*) FROM
            (SELECT DISTINCT source, symbol FROM ticks WHERE event_time >= ? AND event_time < ?)
            """)
        add = try connection.prepare(
            """
            INSERT OR IGNORE INTO tick_times SELECT source, symbol, event_time FROM ticks
            WHERE event_time >= ? AND event_time < ? ORDER BY source, symbol, event_time
            """)
        move = try connection.prepare("UPDATE tick_times_until SET event_time = ?")
    }

    /// Takes note of what was written: how much of it came late.
    mutating func note(_ batch: borrowing RowBatch) {
        guard let time = Table.ticks.timeColumn else { return }
        for row in batch.rows where row.table === Table.ticks {
            guard case .integer(let ms) = batch.cells[row.firstCell + time] else { continue }
            seen += 1
            if ms < until { late += 1 }
        }
    }

    /// Whether there may be enough ticks for a step, now that `taken` more are there.
    mutating func isDue(taken: Int) -> Bool {
        waiting += Int64(taken)
        return waiting >= stepRows
    }

    /// Takes a step, within a transaction.
    mutating func step() throws(StoreError) {
        settle()
        let start = try mark.integer() ?? .min
        until = try next(after: start)
        guard until > start else {
            waiting = stepRows / 2
            return
        }
        for statement in [series, add] {
            statement.bind(start, at: 1)
            statement.bind(until, at: 2)
        }
        if steps % SQLiteTickTimes.stepsACount == 0 {
            stepRows = max(SQLiteTickTimes.leastRows, SQLiteTickTimes.rowsPerSeries * (try series.integer() ?? 0))
        }
        steps += 1
        _ = try add.run()
        move.bind(until, at: 1)
        _ = try move.run()
    }

    /// Chooses how far the mark stays behind.
    private mutating func settle() {
        let range = SQLiteTickTimes.settleMs
        let isLate = late * SQLiteTickTimes.ticksALate > seen
        settleMs = isLate ? min(settleMs * 2, range.upperBound) : max(settleMs / 2, range.lowerBound)
        (seen, late) = (0, 0)
    }

    /// Where the mark goes; where it is when there are too few ticks behind it.
    private func next(after start: Int64) throws(StoreError) -> Int64 {
        end.bind(start, at: 1)
        end.bind(stepRows, at: 2)
        guard let last = try end.integer(), let newest = try newest.integer() else { return start }
        // More ticks than a step's may have the same time.
        if last == start { return start + 1 }
        return max(start, min(last, newest - settleMs))
    }
}
