import CryptoCore
import Storage
import Synchronization
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("Clients that leave before they are answered", .waiting)
struct LeavingClientTests {
    @Test("nothing more is read for them: who comes next is answered within a second or two")
    func leave() throws {
        let store = try SeededStore()
        let noon = SeededStore.noon
        try store.write((0..<20_000).map { .trade("\($0)", at: noon + $0 * 3_000) })
        let running = try RunningHistory(store.location)
        let name = escaped(SeededStore.series.description)
        // A thousand reads each, for which nobody waits.
        for _ in 0..<40 {
            let path = "/api/medians?series=\(name)&from=\(noon)&to=\(noon + 59_940_000)&step=60000"
            #expect(LoopbackHTTP.answer("GET", path, port: running.port, waitMs: 20) == nil, "too quick for this test")
        }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try running.json("/api/candles?series=\(name)&from=\(noon)&to=\(noon + 60_000)").rows.isEmpty)
        let took = clock.now - start
        #expect(took < .seconds(2), "\(took)")
    }

    @Test("a walk through pages and series ends at the first one that nobody waits for", arguments: 1...4)
    func walk(most: Int) throws {
        let store = try SeededStore()
        try store.write((0..<50).map { .trade("\($0)", at: SeededStore.noon + $0) })
        var left = most
        let reader = WantedReader(try StoreLocation(store.location).openReader()) {
            left -= 1
            return left >= 0
        }
        var query = try StoreQuery(.ticks, of: SeededStore.series, columns: ["price"])
        query.limit = 10
        var pages = 0
        #expect(throws: StoreError.notWanted) {
            try reader.forEachPage(of: query) { page throws(StoreError) in pages += page.count / 10 }
        }
        #expect(pages == most)
        #expect(throws: StoreError.notWanted) { _ = try reader.series(in: .ticks) }
    }
}
