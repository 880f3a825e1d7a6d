public import CryptoCore

/// What `pair-processor` writes, beside the dead letters; none of it is the product's.
extension Topic {
    /// The last price of each series beside its last window.
    public static let pairs = Topic(
        "pairs", nil, keep: .days(1), from: ["pair"], "The last price of each series beside its last window.")
    /// Its changelog.
    public static let pairState = Topic(
        "pair.state", nil, keep: .changelog, from: ["pair"], to: ["pair"], "The changelog of `pair-processor`.")
}
