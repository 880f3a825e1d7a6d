import CryptoCore
import Glibc

/// Seeded trades for the model's benchmarks: a price that walks in steps of a cent, sizes that are mostly small, sides that persist.
///
/// The target is whether the next trade's price is higher; the side and the last step say something about it.
struct SyntheticTrades {
    let price: [Float]
    let quantity: [Float]
    let isBuy: [Float]
    let isUp: [UInt8]

    init(count: Int, seed: UInt64 = 1) {
        var random = SeededRandom(seed: seed)
        var cents = 6_500_000, isBuy = true
        var price: [Float] = [], quantity: [Float] = [], sides: [Float] = [], isUp: [UInt8] = []
        for _ in 0..<count {
            if random.unit() < 0.3 { isBuy.toggle() }
            price.append(Float(cents) / 100)
            // Box and Muller: the logarithm of a size is normally distributed.
            let normal = (-2 * log(1 - random.unit())).squareRoot() * cos(2 * .pi * random.unit())
            let size = max(1, (exp(normal * 1.5) * 500).rounded()) / 10_000
            quantity.append(Float(size))
            sides.append(isBuy ? 1 : 0)
            let pull = isBuy == (size > 0.05) ? 0.12 : -0.08
            let draw = random.unit()
            let step = draw < 0.3 + pull ? 1 : draw < 0.6 ? 0 : -1
            cents += step * (1 + random.index(below: 200))
            isUp.append(step > 0 ? 1 : 0)
        }
        self.price = price
        self.quantity = quantity
        self.isBuy = sides
        self.isUp = isUp
    }

    /// Writes a header and a line a trade.
    func write(to path: String) throws {
        guard let file = fopen(path, "w") else { throw SelfProcess.Failed(reason: "\(path) cannot be written") }
        defer { fclose(file) }
        fputs("price,quantity,is_buy,target\n", file)
        for row in price.indices { fputs("\(price[row]),\(quantity[row]),\(isBuy[row]),\(isUp[row])\n", file) }
    }
}
