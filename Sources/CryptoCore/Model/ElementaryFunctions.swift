internal import Glibc

/// The C library's elementary functions, for the whole of CryptoCore: no other file of it imports Glibc.
enum Elementary {
    /// The natural logarithm; NaN below zero.
    @inline(__always)
    static func log(_ x: Double) -> Double { Glibc.log(x) }

    /// e to the power of `x`.
    @inline(__always)
    static func exp(_ x: Double) -> Double { Glibc.exp(x) }

    /// The hyperbolic tangent.
    @inline(__always)
    static func tanh(_ x: Double) -> Double { Glibc.tanh(x) }

    /// The logistic function 1 / (1 + e⁻ˣ), without overflow.
    @inline(__always)
    static func logistic(_ x: Double) -> Double {
        if x >= 0 { return 1 / (1 + Glibc.exp(-x)) }
        let power = Glibc.exp(x)
        return power / (1 + power)
    }
}
