internal import CryptoCore
internal import Storage

/// The first rows of several pages by time and `_id`, which are the last two columns of each.
struct MergedPages {
    private let pages: [RowPage]
    /// Page and row of each, in their order.
    private var picks: [(page: Int, row: Int)] = []
    /// Where the next rows begin; nil where there are none.
    private(set) var next: StoreCursor?

    init(_ pages: [RowPage], limit: Int, _ order: StoreQuery.Order) {
        self.pages = pages
        guard pages.count != 1 else {
            picks = (0..<pages[0].count).map { (0, $0) }
            next = pages[0].hasMore ? pages[0].cursor : nil
            return
        }
        var keys: [(time: Int64, id: [UInt8], page: Int, row: Int)] = []
        for (number, page) in pages.enumerated() {
            let (time, id) = (page.columns.count - 2, page.columns.count - 1)
            for row in 0..<page.count {
                let bytes = page.withBytes(row, id) { $0.withUnsafeBytes { Array($0) } } ?? []
                keys.append((page.integer(row, time) ?? 0, bytes, number, row))
            }
        }
        keys.sort { a, b in
            let isBefore = a.time == b.time ? a.id.lexicographicallyPrecedes(b.id) : a.time < b.time
            let isSame = a.time == b.time && a.id == b.id
            return isSame ? a.page < b.page : isBefore == (order == .oldestFirst)
        }
        let hasMore = keys.count > limit || pages.contains { $0.hasMore }
        picks = keys.prefix(limit).map { ($0.page, $0.row) }
        if hasMore, let last = keys.prefix(limit).last { next = StoreCursor(time: last.time, id: last.id) }
    }

    /// How many rows the store gave.
    var read: Int { pages.reduce(0) { $0 + $1.count } }

    /// About what the rows take as text.
    var byteCount: Int { pages.reduce(0) { $0 + $1.text.count + $1.cells.count * 12 } }

    func forEach(_ body: (borrowing RowPage, Int) -> Void) {
        for pick in picks { body(pages[pick.page], pick.row) }
    }
}

extension RowPage {
    /// Appends a cell as JSON: bytes that are no text as `{"base64": …}`.
    func write(_ row: Int, _ column: Int, to json: inout JSONWriter) {
        switch self[row, column] {
        case .null: json.null()
        case .integer(let number): json.value(number)
        case .real(let number): json.number(number)
        case .bool(let flag): json.value(flag)
        case .text where columns[column].type == .json:
            _ = withBytes(row, column) { bytes in
                // Whoever else writes to the store may have written something that is no JSON.
                var scanner = JSONScanner()
                let isJSON = (try? scanner.skipValue(bytes)) != nil && (try? scanner.end(bytes)) != nil
                if isJSON {
                    bytes.withUnsafeBytes { json.raw($0) }
                } else {
                    json.null()
                }
            }
        case .text: json.value(string(row, column) ?? "")
        case .bytes:
            json.beginObject()
            json.field("base64", base64(row, column))
            json.endObject()
        }
    }

    /// The bytes of a cell in base64.
    func base64(_ row: Int, _ column: Int) -> String {
        var text: [UInt8] = []
        _ = withBytes(row, column) { Base64.encode($0, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }
}
