import Testing

@testable import DashboardService

@Suite("A page of metrics")
struct MetricsTextTests {
    private let text = MetricsText(
        Array(
            """
            # HELP a_total what
            # TYPE a_total counter
            a_total 3
            b_kafka_lag_records{member="0",store="a b}"} 4
            c_kafka_lag_records{member="1"} 5.5 1700000000000
            rubbish
            """.utf8))

    @Test("values by name, and sums over labels and services")
    func read() {
        #expect(text.value(of: "a_total") == 3)
        #expect(text.value(of: "b_total") == nil)
        #expect(text.sum(endingIn: "_kafka_lag_records") == 9.5)
        #expect(text.sum(endingIn: "_nothing") == nil)
    }
}
