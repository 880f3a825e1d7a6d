internal import CryptoCore
internal import Feeds
internal import NetClient
internal import ServiceKit
internal import System

/// What a configuration asks for: for each source what it is to bring, or what is wrong with them.
struct ProducerPlan: Sendable {
    /// One source with everything that its feed is made of.
    enum Source: Sendable {
        case venue(VenueSource)
        case replay(ReplayOptions)
        case synthetic(SyntheticFeed<SystemClock>.Options)

        /// The source cut into parts that each need a connection of their own.
        var connections: [Source] {
            guard case .venue(let source) = self, case .stream(let make, _) = source.venue.feed else { return [self] }
            func cut(_ stream: some StreamVenue) -> [[String]] {
                SubscriptionSession.connections(source.order.symbols, stream)
            }
            return cut(make(source.order)).map { symbols in
                var part = source
                part.order = source.order.only(symbols)
                return .venue(part)
            }
        }

        /// The series of a live source, which leave gaps where they were not watched; none where it is seen when they come.
        var liveSeries: [Series] { if case .venue(let source) = self { source.series } else { [] } }
    }

    /// What is wanted of a venue.
    struct VenueSource: Sendable {
        var venue: Venue
        var order: VenueOrder
        var endpoint: Endpoint?

        var series: [Series] { order.symbols.map { Series(source: venue.source, symbol: $0) } }
    }

    private(set) var sources: [(name: SourceName, source: Source)] = []
    /// What is known of coins.
    private(set) var coins = Coins()
    /// What is wrong, a line each.
    private(set) var problems: [String] = []
    /// Ids that the table does not know, each its own base.
    private(set) var unknownCoins: [String] = []

    /// - Parameter sampleLaps: how many laps of the sample are history.
    init(_ configuration: ProducerConfiguration, sampleLaps: Int = 1) {
        do throws(UsageError) {
            coins = try CoinsFile.read(configuration.coinsFile)
        } catch {
            problems += error.problems
        }
        if configuration.playsSample {
            addSample(laps: sampleLaps)
            return
        }
        let names = configuration.sources
        let queries = queries(configuration.symbols)
        var seen: Set<SourceName> = []
        for name in names where seen.insert(name).inserted { add(name, queries, configuration) }
        if configuration.top != nil, !names.contains(where: { $0.venue?.markets.haveTop == true }) {
            let able = Venue.all.filter(\.markets.haveTop).map(\.source).joined(separator: ", ")
            problems.append("--top: is for --source \(able) only; add it to --source")
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

    /// What the words after `--symbols` mean as far as can be said without the venues' lists.
    private mutating func queries(_ words: [String]) -> [(word: String, query: SymbolQuery)] {
        words.compactMap { word in
            guard let query = SymbolQuery(word, coins: coins) else {
                problems.append(
                    "--symbols '\(word)': must be a CoinGecko id, a ticker or a pair, such as bitcoin, BTC or BTC-USDT")
                return nil
            }
            if coins.count > 0, let id = query.coinID, coins.ticker(ofID: id) == nil { unknownCoins.append(word) }
            return (word, query)
        }
    }

    private mutating func add(
        _ name: SourceName, _ queries: [(word: String, query: SymbolQuery)], _ configuration: ProducerConfiguration
    ) {
        if let venue = name.venue {
            let order = order(queries, of: venue, top: venue.markets.haveTop ? configuration.top : nil)
            sources.append(
                (name, .venue(VenueSource(venue: venue, order: order, endpoint: configuration.endpoints[name]))))
        } else if name == .replay {
            addReplay(configuration.replay, queries.map(\.query))
        } else {
            var symbols: [String] = []
            for symbol in queries.map({ $0.query.symbol(defaultQuote: name.defaultQuote) })
            where !symbols.contains(symbol) { symbols.append(symbol) }
            guard !symbols.isEmpty else { return }  // what is wrong with them is told
            sources.append(
                (
                    name,
                    .synthetic(
                        .init(
                            symbols: symbols, rate: Int64(configuration.rate), seed: UInt64(configuration.seed),
                            count: configuration.count.map { Int64($0) }))
                ))
        }
    }

    /// What is wanted of a venue; without named markets where those of the largest turnover are wanted.
    private mutating func order(
        _ queries: [(word: String, query: SymbolQuery)], of venue: Venue, top: Int?
    ) -> VenueOrder {
        let profile = venue.profile
        if profile.needsKey, profile.key == nil {
            problems.append(
                "--source \(venue.source): needs a key in \(profile.keyVariable ?? "") (there are free ones)")
        }
        var order = VenueOrder(top: top, key: profile.key)
        for (word, query) in queries where top == nil {
            let symbol = query.symbol(defaultQuote: profile.defaultQuote)
            let quote = query.quote ?? profile.defaultQuote
            if let quotes = venue.markets.quotes, !quotes.contains(quote) {
                problems.append(
                    "--symbols \(symbol): \(venue.source) has no prices in \(quote); try \(query.base)-USD or another --source"
                )
                continue
            }
            let id = venue.markets.areCoins ? query.coinID ?? query.base.lowercased() : nil
            if order.symbols.contains(symbol) { continue }
            order.items.append(.init(word: word, market: ListedMarket(symbol, name: id), doubt: query.doubt))
        }
        return order
    }

    private mutating func addReplay(_ replay: ReplayOptions, _ queries: [SymbolQuery]) {
        if replay.files.isEmpty {
            problems.append("--source replay: needs --file with a recording, such as --file config/sample/*.txt")
            return
        }
        var options = replay
        options.coins = coins
        options.pairs = queries.compactMap { query in query.quote.map { "\(query.base)-\($0)" } }
        sources.append((.replay, .replay(options)))
    }

    /// The sample is never taken for what an exchange says now, and never runs ahead of the clock.
    private mutating func addSample(laps: Int) {
        let files = SampleFiles.find()
        if files.isEmpty {
            problems.append("--sample: there is no config/sample here nor beside the program; run it in a clone")
            return
        }
        var options = ReplayOptions(
            files: files, shift: .endsNow(laps: Int64(laps)), loops: true, coins: coins)
        options.isSideBySide = true
        options.sourcePrefix = SampleFiles.sourcePrefix
        sources.append((.replay, .replay(options)))
    }
}
