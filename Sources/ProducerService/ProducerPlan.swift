internal import CryptoCore
internal import Feeds
internal import NetClient
internal import ServiceKit
internal import System

/// What a configuration asks for: for each source what it is to bring, or what is wrong with them.
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
    init(_ configuration: ProducerConfiguration, sampleLaps: Int = 1) {
        var coins = Coins()
        do throws(UsageError) {
            coins = try CoinsFile.read(configuration.coinsFile)
        } catch {
            problems += error.problems
        }
        if configuration.playsSample {
            addSample(laps: sampleLaps, coins)
            return
        }
        let names = configuration.sources
        let queries = queries(configuration.symbols, coins)
        var seen: Set<SourceName> = []
        for name in names where seen.insert(name).inserted { add(name, queries, coins, configuration) }
        if !names.contains(.binance24h), configuration.top != nil {
            problems.append("--top: is for --source binance-24h only; add it to --source")
        }
        if !names.contains(.replay), !configuration.replay.files.isEmpty {
            problems.append("--file: is for --source replay only; add replay to --source")
        }
        for name in configuration.endpoints.keys.sorted(by: { $0.rawValue < $1.rawValue }) where !names.contains(name) {
            problems.append(
                "--endpoint \(name.rawValue): is not among --source \(names.map(\.rawValue).joined(separator: " "))")
        }
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
        _ name: SourceName, _ queries: [SymbolQuery], _ coins: Coins, _ configuration: ProducerConfiguration
    ) {
        let endpoint = configuration.endpoints[name]
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
                configuration.top.map { .top($0, quote: name.defaultQuote) } ?? .symbols(symbols)
            sources.append(
                (
                    name,
                    .prices(.binanceTickers(selection), intervalMs: configuration.intervalMs, endpoint)
                ))
        case .coingecko: addCoinGecko(queries, endpoint, intervalMs: configuration.intervalMs)
        case .replay: addReplay(configuration.replay, coins)
        case .synthetic:
            sources.append(
                (
                    name,
                    .synthetic(
                        symbols: symbols, rate: Int64(configuration.synthetic.rate),
                        seed: UInt64(configuration.synthetic.seed),
                        count: configuration.synthetic.count.map { Int64($0) })
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

    private mutating func addCoinGecko(_ queries: [SymbolQuery], _ endpoint: Endpoint?, intervalMs: Int64) {
        let markets = markets(queries, .coingecko) { CoinGecko.currencies.contains($0.lowercased()) }
        sources.append(
            (
                .coingecko,
                .prices(.coingecko(markets), intervalMs: intervalMs, endpoint)
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

    private mutating func addReplay(_ replay: ProducerConfiguration.Replay, _ coins: Coins) {
        if replay.files.isEmpty {
            problems.append("--source replay: needs --file with a recording, such as --file config/sample/*.txt")
            return
        }
        sources.append(
            (
                .replay,
                .replay(
                    .init(
                        files: replay.files, speed: replay.speed, shift: replay.shift, loops: replay.loops,
                        coins: coins))
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
