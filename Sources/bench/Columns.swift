/// Texts under each other.
extension String {
    /// With blanks behind it, up to a width.
    func leftAligned(_ width: Int) -> String { self + blanks(width) }

    /// With blanks before it, up to a width.
    func rightAligned(_ width: Int) -> String { blanks(width) + self }

    private func blanks(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) }
}

/// A line of a table: a title, and figures behind it.
func tableRow(_ cells: [String], _ widths: [Int]) -> String {
    zip(cells, widths).enumerated().map { column, cell in
        column == 0 ? "  " + cell.0.leftAligned(cell.1) : cell.0.rightAligned(cell.1)
    }.joined()
}
