/// How recordings are played.
package struct ReplayOptions: Sendable {
    /// How fast.
    package enum Speed: Sendable, Equatable {
        /// 1 is the original pace, 10 ten times faster.
        case times(Double)
        /// As fast as the reader takes it.
        case unlimited
    }

    /// Where to move a recording's times, all by the same whole minutes.
    package enum Shift: Sendable, Equatable {
        case none
        /// The first tick is less than a minute old. However fast the recording is played, nothing lies ahead of the clock.
        case beginsNow
        /// The last tick of so many laps is less than a minute old. They are due at once, later laps when their time comes.
        case endsNow(laps: Int64)
    }

    package var files: [String]
    package var speed: Speed
    package var shift: Shift
    /// Begin again at the end, times moved by whole minutes.
    package var loops: Bool
    /// Each file is a recording of its own, played from its beginning beside the others.
    package var isSideBySide = false
    /// Frames are decoded again where the ticks stand beside them.
    package var fromFrames = false
    /// Markets such as `BTC-USDT` that the user names, for files that do not.
    package var pairs: [String] = []
    /// Put before the source of every series.
    package var sourcePrefix = ""
    /// Tickers of coins that a venue calls by their ids.
    package var coins: Coins

    package init(
        files: [String], speed: Speed = .times(1), shift: Shift = .none, loops: Bool = false, coins: Coins = Coins()
    ) {
        self.files = files
        self.speed = speed
        self.shift = shift
        self.loops = loops
        self.coins = coins
    }
}
