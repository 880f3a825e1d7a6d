import CryptoCore
import TestSupport
import Testing

@Suite("sums of a window are good to the last bits, however many ticks")
struct SumTests {
    /// An exact sum of positive numbers: 64-bit limbs of a fixed-point number with 2^-64 as its unit.
    private struct Exact {
        var high: UInt64 = 0
        var low: UInt64 = 0

        /// - Precondition: `x` < 2^40 and a multiple of 2^-64.
        mutating func add(_ x: Double) {
            let whole = x.rounded(.down)
            let fraction = (x - whole) * 0x1p64
            let (sum, carry) = low.addingReportingOverflow(UInt64(fraction))
            low = sum
            high += UInt64(whole) + (carry ? 1 : 0)
        }

        /// `value − exact`, which is small.
        func error(of value: Double) -> Double {
            let whole = value.rounded(.down)
            let fraction = (value - whole) * 0x1p64
            return Double(Int64(whole) - Int64(high)) + (fraction - Double(low)) * 0x1p-64
        }
    }

    @Test("within 2 ulp of the exact sum, for numbers of very different size", arguments: UInt64(0)..<4)
    func bound(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var partition = VirtualPartition()
        var volume = Exact(), prices = Exact()
        let count = Fuzz.rounds(20_000)
        for i in 0..<count {
            // Multiples of 2^-60 from 2^-40 up to 2^32.
            let quantity = Double(rng.next() >> 44) * rng.pick([0x1p-60, 0x1p-40, 0x1p-20, 0x1p12])
            let price = Double(1 + rng.next() >> 40) * rng.pick([0x1p-24, 1])
            volume.add(max(quantity, 0x1p-60))
            prices.add(price)
            partition.trade(at: noon + Int64(i) % 60_000, price: price, quantity: max(quantity, 0x1p-60))
        }
        partition.trade(at: noon + 600_000)
        let window = try #require(try partition.taken().tumbling.first)
        #expect(window.count == count)
        #expect(abs(volume.error(of: window.volume)) <= 2 * window.volume.ulp)
        let mean = window.averagePrice
        #expect(abs(prices.error(of: mean * Double(count))) <= 4 * (mean * Double(count)).ulp)
    }

    @Test("forty thousand times a tenth")
    func tenths() throws {
        var partition = VirtualPartition()
        for i in 0..<40_000 as Range<Int64> { partition.trade(at: noon + i % 60_000, price: 0.1, quantity: 0.1) }
        partition.trade(at: noon + 600_000)
        let window = try #require(try partition.taken().tumbling.first)
        #expect(window.volume == 4_000)
        #expect(window.averagePrice == 0.1)
        #expect(window.stddev == 0)
    }

    @Test("the deviation survives a price far from zero", arguments: [1e-8, 1, 1e6, 1e12])
    func stddev(scale: Double) throws {
        var partition = VirtualPartition()
        // Steps of an eighth around a large whole number: both exact, and so is their deviation.
        let prices = (0..<6_000).map { i in 1e6 + Double(i % 5) * 0.125 }
        for (i, price) in prices.enumerated() { partition.trade(at: noon + Int64(i) * 10, price: price * scale) }
        partition.trade(at: noon + 600_000)
        let window = try #require(try partition.taken().tumbling.first)
        // 0, 1, 2, 3, 4 have a variance of 2.
        let wanted = 2.0.squareRoot() * 0.125 * scale
        #expect(abs(window.stddev - wanted) <= 1e-13 * 1e6 * scale)
    }
}
