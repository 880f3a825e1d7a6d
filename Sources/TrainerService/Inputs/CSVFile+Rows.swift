internal import CryptoCore
internal import System

extension CSVFile {
    /// The columns of rows that somebody made for the preset `direction`.
    static let rowColumns = ["price", "quantity", "is_buy", "target"]

    /// Reads rows of the preset `direction`: `price,quantity,is_buy,target`, in the order in which they happened.
    /// - Throws: `.malformed`.
    mutating func readRows() throws(InputError) -> RowTable {
        var places: [Int] = []
        for name in CSVFile.rowColumns {
            guard let place = names.firstIndex(of: name) else {
                let wanted = CSVFile.rowColumns.joined(separator: ",")
                throw malformed(1, "the header lacks \(name): rows of the preset direction have \(wanted)")
            }
            places.append(place)
        }
        var rows = Rows()
        var reader = reader
        while try next(&reader) {
            guard reader.cells.count == names.count else {
                throw malformed(reader.line, "\(reader.cells.count) cells where the header has \(names.count)")
            }
            rows.prices.append(try number(reader, places[0], "price"))
            rows.quantities.append(try number(reader, places[1], "quantity"))
            rows.isBuy.append(try flag(reader, places[2], "is_buy") == 1)
            rows.targets.append(try flag(reader, places[3], "target"))
            if reader.line & 0x3FFF == 0, stop.isRequested { throw .stopped }
        }
        return .direction(
            prices: rows.prices, quantities: rows.quantities, isBuy: rows.isBuy, targets: rows.targets, series: path)
    }

    private struct Rows {
        var prices: [Double] = []
        var quantities: [Double] = []
        var isBuy: [Bool] = []
        var targets: [UInt8] = []
    }

    private func number(
        _ reader: borrowing CSVReader, _ column: Int, _ name: StaticString
    ) throws(InputError) -> Double {
        if let value = reader.cells[column].real(in: bytes.span.bytes), value.isFinite { return value }
        throw malformed(reader.line, "\(name) must be a number")
    }

    private func flag(_ reader: borrowing CSVReader, _ column: Int, _ name: StaticString) throws(InputError) -> UInt8 {
        let value = reader.cells[column].real(in: bytes.span.bytes)
        guard value == 0 || value == 1 else { throw malformed(reader.line, "\(name) must be 0 or 1") }
        return value == 1 ? 1 : 0
    }
}
