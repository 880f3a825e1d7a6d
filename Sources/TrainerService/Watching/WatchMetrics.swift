internal import ServiceKit

/// What `--watch` counts and shows.
struct WatchMetrics {
    let rounds: Counter
    let failures: Counter
    let promotions: Counter
    let rows: Gauge
    let version: Gauge
    let seconds: Histogram

    init(_ metrics: Metrics) {
        func counter(_ what: String, _ help: String) -> Counter {
            metrics.counter("cryptostream_trainer_\(what)_total", help: help)
        }
        rounds = counter("rounds", "Rounds of --watch that came to their end")
        failures = counter("failures", "Rounds that did not: no input, no space, no model")
        promotions = counter("promotions", "Versions that became the served one")
        rows = metrics.gauge("cryptostream_trainer_rows", help: "Rows that the last round read")
        version = metrics.gauge("cryptostream_trainer_version", help: "The version that is served; 0: none")
        seconds = metrics.histogram(
            "cryptostream_trainer_round_seconds", help: "Time of a round: reading, learning, judging",
            bounds: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000])
    }
}
