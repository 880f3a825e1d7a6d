/// Questions that every SQLite store can answer. Times are relative to the newest final minute: a store of last year has movers too.
extension SQLiteQuestion {
    static var saved: [SavedQuestion] {
        [
            SavedQuestion("top-movers", "Top movers of the last 24 hours", .sql(movers)),
            SavedQuestion("most-active", "Most active series of the last 24 hours", .sql(active)),
            SavedQuestion("trend-distribution", "Trends of the last 24 hours, by direction", .sql(trends)),
            SavedQuestion("prediction-accuracy", "Newest scores of each series and model", .sql(scores)),
            SavedQuestion("gaps-by-source", "Gaps by source and reason", .sql(gaps)),
            SavedQuestion("newest-dead-letters", "Newest dead letters", .sql(letters)),
            SavedQuestion("late-ticks", "How late ticks came, by source", .sql(late)),
            SavedQuestion("last-prices", "Last price of each series", .sql("SELECT * FROM last_price")),
        ]
    }

    private static let day = """
        WITH span(begin) AS (SELECT max(last_time) - 86400000 FROM last_price),
        day AS (SELECT source, symbol, window_start, open, close, high, low, amount, volume, count FROM windows
            WHERE type = 'tumbling' AND final AND window_start >= (SELECT begin FROM span))
        """

    private static let movers = """
        \(day),
        ends AS (SELECT source, symbol, min(window_start) AS first, max(window_start) AS last, sum(amount) AS turnover
            FROM day GROUP BY source, symbol)
        SELECT ends.source, ends.symbol, round(100 * (b.close / a.open - 1), 2) AS change_pct, b.close AS price, turnover
        FROM ends
        JOIN day AS a ON (a.source, a.symbol, a.window_start) = (ends.source, ends.symbol, ends.first)
        JOIN day AS b ON (b.source, b.symbol, b.window_start) = (ends.source, ends.symbol, ends.last)
        ORDER BY abs(b.close / a.open - 1) DESC LIMIT 50
        """

    private static let active = """
        \(day)
        SELECT source, symbol, sum(count) AS ticks, sum(volume) AS volume, sum(amount) AS turnover FROM day
        GROUP BY source, symbol ORDER BY turnover DESC, ticks DESC LIMIT 50
        """

    private static let trends = """
        SELECT source, symbol, coalesce(direction, 'unknown') AS direction, count(*) AS minutes FROM trends
        WHERE as_of >= (SELECT max(last_time) - 86400000 FROM last_price)
        GROUP BY source, symbol, direction ORDER BY source, symbol, minutes DESC
        """

    private static let scores = """
        SELECT * FROM scores AS s WHERE as_of = (SELECT max(as_of) FROM scores AS n
            WHERE n.source = s.source AND n.symbol = s.symbol AND n.model = s.model AND n.version = s.version)
        ORDER BY source, symbol, model, version
        """

    private static let gaps = """
        SELECT source, reason, count(*) AS gaps, round(sum(gap_to - gap_from) / 1000.0, 1) AS seconds,
            strftime('%Y-%m-%dT%H:%M:%SZ', max(gap_to) / 1000, 'unixepoch') AS newest
        FROM gaps GROUP BY source, reason ORDER BY seconds DESC
        """

    private static let letters = """
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', inserted_at / 1000, 'unixepoch') AS inserted, origin_topic,
            origin_partition, origin_offset, service, error, value
        FROM dead_letters ORDER BY inserted_at DESC LIMIT 100
        """

    private static let late = """
        SELECT source, count(*) AS ticks, round(avg(late_by) / 1000.0, 1) AS mean_seconds, max(late_by) / 1000.0 AS most_seconds
        FROM late GROUP BY source ORDER BY ticks DESC
        """
}
