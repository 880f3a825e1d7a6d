/// A rule of thumb with what the training rows say of it: the share of target 1 among rows on which it says the same.
package struct FittedRule: Sendable, Equatable {
    package var name: String
    /// The share of target 1 where the rule says -1, 0, +1. *Shape*: 3.
    package var shares: [Double]

    package init(name: String, shares: [Double]) {
        precondition(shares.count == 3, "a rule says -1, 0 or +1")
        self.name = name
        self.shares = shares
    }

    /// The probability of target 1 where the rule says `sign`.
    package func probability(_ sign: Int) -> Double { shares[sign.signum() + 1] }
}
