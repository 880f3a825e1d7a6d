internal import CryptoCore
internal import Feeds
internal import ServiceKit
internal import System

/// What the settings ask for: for each source what it is to bring, or what is wrong with them.
struct ProducerPlan: Sendable {
    /// One source with everything that its feed is made of.
    enum Source: Sendable {
        case stream(Stream, symbols: [String], Endpoint?)
        case prices(Prices, intervalMs: Int64, Endpoint?)
        case replay(Replay.Options)
        case synthetic(symbols: [String], rate: Int64, seed: UInt64, count: Int64?)
    }

    /// A venue that sends what happens over a WebSocket.
    enum Stream: Sendable {
        case bybit(Bybit.Category)
        case binance
        case coinbase
        case kraken
        case coincap([CoinGecko.Market])
    }

    /// A venue that is asked for prices again and again.
    enum Prices: Sendable {
        case coingecko([CoinGecko.Market])
        case binanceTickers(BinanceTickers.Selection)
    }

    typealias Replay = ReplayFeed<SystemClock>

    private(set) var sources: [(name: SourceName, source: Source)] = []
    /// What is wrong, a line each.
    private(set) var problems: [String] = []
    /// Ids that the table does not know, each its own base.
    private(set) var unknownCoins: [String] = []

    /// - Parameter sampleLaps: how many laps of the sample are history.
    init(_ settings: Settings, sampleLaps: Int = 1) {
        var coins = Coins()
        do throws(UsageError) {
            coins = try CoinsFile.read(settings.optionalText("coins"))
        } catch {
            problems += error.problems
        }
        if settings.isOn("sample") {
            addSample(laps: sampleLaps, coins)
            return
        }
        let names = settings.list("source").compactMap { SourceName(rawValue: $0) }
        let queries = queries(settings.list("symbols"), coins)
        var seen: Set<SourceName> = []
        for name in names where seen.insert(name).inserted { add(name, queries, coins, settings) }
        if !names.contains(.binance24h), settings.optionalInteger("top") != nil {
            problems.append("--top: is for --source binance-24h only; add it to --source")
        }
        if !names.contains(.replay), !settings.list("file").isEmpty {
            problems.append("--file: is for --source replay only; add replay to --source")
        }
        for pair in settings.keyValues("endpoint") where !names.contains(where: { $0.rawValue == pair.key }) {
            problems.append(
                "--endpoint \(pair.key): is not among --source \(names.map(\.rawValue).joined(separator: " "))")
        }
    }

    /// Nil when the text is no speed.
    static func speed(_ text: String) -> Replay.Speed? {
        if text == "max" { return .unlimited }
        let bytes = Array(text.utf8)
        guard let value = DecimalText.value(JSONText(offset: 0, count: bytes.count), in: bytes.span.bytes) else {
            return nil
        }
        return value > 0 && value <= 1_000_000 ? .times(value) : nil
    }

    // MARK: Parts

    private mutating func queries(_ words: [String], _ coins: Coins) -> [SymbolQuery] {
        words.compactMap { word in
            guard let query = SymbolQuery(word, coins: coins) else {
                problems.append(
                    "--symbols '\(word)': must be a CoinGecko id, a ticker or a pair, such as bitcoin, BTC or BTC-USDT")
                return nil
            }
            if coins.count > 0, let id = query.coinID, coins.ticker(ofID: id) == nil { unknownCoins.append(word) }
            return query
        }
    }

    private mutating func add(
        _ name: SourceName, _ queries: [SymbolQuery], _ coins: Coins, _ settings: Settings
    ) {
        let endpoint = settings.keyValues("endpoint").first { $0.key == name.rawValue }
            .flatMap { try? Endpoint(parsing: $0.value) }
        let symbols = ProducerPlan.unique(queries.map { $0.symbol(defaultQuote: name.defaultQuote) })
        switch name {
        case .bybit: sources.append((name, .stream(.bybit(.spot), symbols: symbols, endpoint)))
        case .bybitLinear: sources.append((name, .stream(.bybit(.linear), symbols: symbols, endpoint)))
        case .binance: sources.append((name, .stream(.binance, symbols: symbols, endpoint)))
        case .coinbase: sources.append((name, .stream(.coinbase, symbols: symbols, endpoint)))
        case .kraken: sources.append((name, .stream(.kraken, symbols: symbols, endpoint)))
        case .coincap: addCoinCap(queries, endpoint)
        case .binance24h:
            let selection: BinanceTickers.Selection =
                settings.optionalInteger("top").map { .top($0, quote: name.defaultQuote) } ?? .symbols(symbols)
            sources.append(
                (
                    name,
                    .prices(.binanceTickers(selection), intervalMs: settings.durationMs("interval"), endpoint)
                ))
        case .coingecko: addCoinGecko(queries, endpoint, settings)
        case .replay: addReplay(settings, coins)
        case .synthetic:
            sources.append(
                (
                    name,
                    .synthetic(
                        symbols: symbols, rate: Int64(settings.integer("rate")),
                        seed: UInt64(settings.integer("seed")),
                        count: settings.optionalInteger("count").map { Int64($0) })
                ))
        }
    }

    private mutating func addCoinCap(_ queries: [SymbolQuery], _ endpoint: Endpoint?) {
        if SourceName.key(CoinCapMarkets.keyVariable) == nil {
            problems.append("--source coincap: needs a key in \(CoinCapMarkets.keyVariable) (there are free ones)")
        }
        let markets = markets(queries, .coincap) { $0 == "USD" }
        sources.append((.coincap, .stream(.coincap(markets), symbols: markets.map(\.symbol), endpoint)))
    }

    private mutating func addCoinGecko(_ queries: [SymbolQuery], _ endpoint: Endpoint?, _ settings: Settings) {
        let markets = markets(queries, .coingecko) { CoinGecko.currencies.contains($0.lowercased()) }
        sources.append(
            (
                .coingecko,
                .prices(.coingecko(markets), intervalMs: settings.durationMs("interval"), endpoint)
            ))
    }

    /// The coins that the queries mean, at a source that goes by coin ids and has prices in these quotes.
    private mutating func markets(
        _ queries: [SymbolQuery], _ name: SourceName, _ hasQuote: (String) -> Bool
    ) -> [CoinGecko.Market] {
        var markets: [CoinGecko.Market] = []
        for query in queries {
            let symbol = query.symbol(defaultQuote: name.defaultQuote)
            let quote = query.quote ?? name.defaultQuote
            guard hasQuote(quote) else {
                problems.append(
                    "--symbols \(symbol): \(name.rawValue) has no prices in \(quote); try \(query.base)-USD or another --source"
                )
                continue
            }
            let market = CoinGecko.Market(coinID: query.coinID ?? query.base.lowercased(), symbol: symbol)
            if !markets.contains(where: { $0.symbol == symbol }) { markets.append(market) }
        }
        return markets
    }

    private mutating func addReplay(_ settings: Settings, _ coins: Coins) {
        let files = settings.list("file")
        if files.isEmpty {
            problems.append("--source replay: needs --file with a recording, such as --file config/sample/*.txt")
            return
        }
        guard let speed = ProducerPlan.speed(settings.text("speed")) else { return }
        sources.append(
            (
                .replay,
                .replay(
                    .init(
                        files: files, speed: speed, shift: settings.text("shift") == "now" ? .beginsNow : .none,
                        loops: settings.isOn("loop"), coins: coins))
            ))
    }

    /// The sample is never taken for what an exchange says now, and never runs ahead of the clock.
    private mutating func addSample(laps: Int, _ coins: Coins) {
        let files = SampleFiles.find()
        if files.isEmpty {
            problems.append("--sample: there is no config/sample here nor beside the program; run it in a clone")
            return
        }
        var options = Replay.Options(
            files: files, shift: .endsNow(laps: Int64(laps)), loops: true, coins: coins)
        options.sourcePrefix = SampleFiles.sourcePrefix
        sources.append((.replay, .replay(options)))
    }

    private static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
