/// Views for whoever reads the file; config/README.md describes them. Each finds its rows by an index.
enum SQLiteViews {
    /// Creates those that the file has not; what a user has made under such a name stays.
    static func create(on connection: SQLiteConnection) throws(StoreError) {
        let views = [
            ("candles_1m", candles), ("last_price", lastPrice), ("gaps", gaps), ("ticks_with_predictions", predicted),
        ]
        for (name, query) in views {
            try connection.execute("CREATE VIEW IF NOT EXISTS \(name) AS \(query)")
        }
    }

    /// Of the time in the key, so that `WHERE source = ... AND symbol = ... AND window_start >= ...` is a search.
    private static let candles = """
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', window_start / 1000, 'unixepoch') AS time, source, symbol, open, high, low,
            close, volume, vwap, count, final, incomplete, window_start
        FROM windows WHERE type = 'tumbling'
        """

    /// Goes from series to series by the index, and there to the newest minute. The next series is the next symbol of the source, or
    /// the first of the next source: two searches, where of `(source, symbol) > (...)` SQLite would search the source only.
    private static let lastPrice = """
        WITH RECURSIVE
        first(source, symbol) AS (SELECT source, symbol FROM windows ORDER BY source, symbol LIMIT 1),
        series(source, symbol) AS (
            SELECT source, symbol FROM first
            UNION ALL
            SELECT next.source, next.symbol FROM series JOIN windows AS next ON next.rowid = coalesce(
                (SELECT rowid FROM windows WHERE windows.source = series.source AND windows.symbol > series.symbol
                    ORDER BY windows.symbol LIMIT 1),
                (SELECT rowid FROM windows WHERE windows.source > series.source
                    ORDER BY windows.source, windows.symbol LIMIT 1)))
        SELECT newest.source, newest.symbol, newest.close AS price,
            strftime('%Y-%m-%dT%H:%M:%fZ', newest.last_time / 1000.0, 'unixepoch') AS time, newest.last_time
        FROM series JOIN windows AS newest ON newest.rowid = (
            SELECT rowid FROM windows WHERE windows.source = series.source AND windows.symbol = series.symbol
                AND type = 'tumbling' ORDER BY window_start DESC LIMIT 1)
        """

    /// Each tick once: of several predictions of the default model that with the largest version, and of several models' the last by
    /// name. Both searches are by the time, source and symbol with which the key of `predictions` begins.
    private static let predicted = """
        SELECT ticks.*, said.prediction, said.probability, said.model, said.version
        FROM ticks LEFT JOIN predictions AS said
            ON said.event_time = ticks.event_time AND said.source = ticks.source AND said.symbol = ticks.symbol
            AND said._id = (
                SELECT _id FROM predictions AS one
                WHERE one.event_time = ticks.event_time AND one.source = ticks.source AND one.symbol = ticks.symbol
                    AND one.kind = ticks.kind AND one.trade_id IS ticks.trade_id
                    AND one."default" AND one.shadow IS NOT 1
                ORDER BY one.version DESC, one.model DESC LIMIT 1)
        """

    private static let gaps = """
        SELECT strftime('%Y-%m-%dT%H:%M:%fZ', gap_from / 1000.0, 'unixepoch') AS from_time,
            strftime('%Y-%m-%dT%H:%M:%fZ', gap_to / 1000.0, 'unixepoch') AS to_time,
            source, symbol, reason, gap_from, gap_to
        FROM ticks WHERE kind = 'gap'
        """
}
