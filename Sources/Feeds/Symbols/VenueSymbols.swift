internal import CryptoCore

/// Finds the series of a venue's symbol (`BTCUSDT`) from the bytes in a frame, without making a string of them.
struct VenueSymbols: Sendable {
    /// What happens to a symbol that was not announced.
    enum Unknown: Sendable {
        /// It is nobody's business: a live feed has asked for its symbols by name.
        case ignored
        /// It is split into base and quote and becomes a series of this source: a recording may hold anything.
        case split(source: String, NameSplitter)
    }

    private let unknown: Unknown
    private let spelling: Spelling
    private var names: [UInt8] = []
    private var places: [(start: Int, count: Int, id: SeriesID?)] = []
    /// Index into `places` plus one, by hash; 0 is empty.
    private var slots = [Int32](repeating: 0, count: 64)
    private var last = 0

    /// How a venue writes a symbol, both ways.
    struct Spelling: Sendable {
        /// `BTC-USDT` → `BTCUSDT`.
        let name: @Sendable (_ symbol: String) -> String
        /// `BTCUSDT` → `BTC-USDT`, by the splitter where the venue puts no mark between base and quote.
        let symbol: @Sendable (_ name: String, NameSplitter) -> NameSplitter.Split
    }

    init(_ unknown: Unknown, spelling: Spelling) {
        self.unknown = unknown
        self.spelling = spelling
    }

    /// All series, announced or met.
    var all: [SeriesID] { places.compactMap(\.id) }

    /// Announces a series under the venue's name for it.
    mutating func add(_ series: Series, to table: inout SeriesTable) {
        add(series, as: spelling.name(series.symbol), to: &table)
    }

    /// Announces a series under another name. Whoever is announced under its own name later has it.
    mutating func add(_ series: Series, as name: String, to table: inout SeriesTable) {
        let id = table.intern(series)
        let known = places.firstIndex { names[$0.start..<$0.start + $0.count].elementsEqual(name.utf8) }
        if let known { places[known].id = id } else { insert(Array(name.utf8), id) }
    }

    /// The series that `text` names; nil when it is none of ours.
    @inline(__always)
    mutating func id(_ text: JSONText, _ frame: RawSpan, _ table: inout SeriesTable) -> SeriesID? {
        if last < places.count, matches(places[last], text, frame) { return places[last].id }
        return search(text, frame, &table)
    }

    private mutating func search(_ text: JSONText, _ frame: RawSpan, _ table: inout SeriesTable) -> SeriesID? {
        if text.isEmpty || text.count > 64 { return nil }
        if text.isEscaped {
            let plain = Array(text.string(in: frame).utf8)
            return id(JSONText(offset: 0, count: plain.count), plain.span.bytes, &table)
        }
        var slot = VenueSymbols.hash(text, frame) & (slots.count - 1)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if matches(places[place], text, frame) {
                last = place
                return places[place].id
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard case .split(let source, let splitter) = unknown, places.count < 10_000 else { return nil }
        let name = text.string(in: frame)
        let split = spelling.symbol(name, splitter)
        let symbol = split.symbol.flatMap { Series.isSymbol($0) ? $0 : nil }
        switch split {
        case .known where symbol != nil: break
        case .guess(_, let others): table.doubt(DoubtfulName(name: name, symbol: symbol, others: others))
        default: table.doubt(DoubtfulName(name: name, symbol: nil, others: []))
        }
        let id = symbol.map { table.intern(Series(source: source, symbol: $0)) }
        insert(Array(name.utf8), id)
        return id
    }

    private mutating func insert(_ name: [UInt8], _ id: SeriesID?) {
        if (places.count + 1) * 2 > slots.count { rehash() }
        places.append((start: names.count, count: name.count, id: id))
        names += name
        place(places.count - 1)
    }

    private mutating func rehash() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for index in places.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        let text = JSONText(offset: places[index].start, count: places[index].count)
        var slot = VenueSymbols.hash(text, names.span.bytes) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(index + 1)
    }

    @inline(__always)
    private func matches(
        _ place: (start: Int, count: Int, id: SeriesID?), _ text: JSONText, _ frame: RawSpan
    ) -> Bool {
        if place.count != text.count || text.isEscaped { return false }
        for i in 0..<text.count where names[place.start &+ i] != frame.byte(text.offset &+ i) { return false }
        return true
    }

    /// FNV-1a, folded to the bits that a place in the table takes.
    private static func hash(_ text: JSONText, _ bytes: RawSpan) -> Int {
        let hash = FNV1a(bytes.extracting(text.offset..<text.offset + text.count)).value
        return Int(truncatingIfNeeded: (hash ^ hash >> 29) & 0x7FFF_FFFF)
    }
}

extension VenueSymbols.Spelling {
    /// Base and quote joined, as Bybit and Binance write spot markets and USDT perpetuals.
    static let joined = VenueSymbols.Spelling(
        name: { symbol in
            let series = Series(source: "", symbol: symbol)
            return series.base + series.quote
        },
        symbol: { name, splitter in splitter.split(name) })

    /// As we write it, which is how Coinbase does too.
    static let dashed = VenueSymbols.Spelling(name: { $0 }, symbol: { name, _ in .known(name) })
}
