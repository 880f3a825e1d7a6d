import Testing

@testable import CryptoCore

/// The expected rows are pandas', of the same trades (`Reference/horizon_rows.py` prints them).
@Suite("Rows of horizon")
struct HorizonRowTests {
    private static let trades: [Observation] = (0..<1_200).compactMap { i -> Observation? in
        let id = Array(String(i + 1).utf8)
        let time = 1_700_000_040_000 + i * 1_700 + i * i * 7_919 % 1_500
        let price = 30_000 + Double((i * i * 31 + i * 17) % 401) * 0.5 + Double(i / 100 * 20)
        return Observation(
            price: price, quantity: 1 + Double(i * 37 % 64) / 64, side: (i * i * 13 + i * 5) % 7 < 4 ? .buy : .sell,
            eventTime: Int64(time), id: id.span.bytes)
    }

    @Test("have all thirteen features as pandas has them")
    func features() {
        let rows = RowTable.history(HorizonRowTests.trades, .horizon, series: "x:A-B")
        #expect(rows.count == 27 && rows.upCount == 16)
        let expected: [(row: Int, time: Int64, target: UInt8, features: [Double])] = [
            (
                0, 1_700_000_460_000, 0,
                [
                    0.000397317857, 0.000634762186, 0.000985262862, 0.00163013132, 0.00141957646, 0.00159182805,
                    0.000909368633, -0.127910493, 0.00214876585, 35, 211, 22, -1,
                ]
            ),
            (
                13, 1_700_001_240_000, 1,
                [
                    0.000562807196, 6.52328607e-05, 0.00131420591, 0.000807769759, 0.00122919291, 0.00207636021,
                    0.00180998157, -0.111370262, -0.000615999156, 36, 212, 22, 1,
                ]
            ),
            (
                26, 1_700_002_020_000, 0,
                [
                    0.00065870318, 0.000727040304, 0.00118384073, 0.00093680684, 0.00184277396, 0.00143755173,
                    0.00130124314, -0.191476941, 0.000914549576, 36, 212, 22, -1,
                ]
            ),
        ]
        for (row, time, target, features) in expected {
            #expect(rows.times[row] == time && rows.targets[row] == target)
            for (column, value) in features.enumerated() {
                let ours = Double(rows.columns[column][row])
                #expect(abs(ours - value) <= 1e-7 * abs(value), "\(rows.names[column]) of row \(row)")
            }
        }
    }
}
