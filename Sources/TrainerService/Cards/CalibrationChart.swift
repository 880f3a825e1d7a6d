internal import CryptoCore

/// What the model says against what came, as a square from 0 to 1: a dot a bin, larger where it has more rows.
struct CalibrationChart {
    private static let size = 300.0
    private static let margin = 34.0

    let svg: String

    init(_ bins: [Evaluation.CalibrationBin]) {
        let most = Double(bins.map(\.count).max() ?? 1)
        let size = CalibrationChart.size
        let margin = CalibrationChart.margin
        func place(_ value: Double) -> Double { min(max(value, 0), 1) * size }
        func text(_ value: Double) -> String { CardNumber.fixed(value, 1) }
        var marks = ""
        for bin in bins {
            let radius = 2.5 + 6 * (Double(bin.count) / most).squareRoot()
            marks +=
                "<circle class=\"mark\" cx=\"\(text(margin + place(bin.forecast)))\" "
                + "cy=\"\(text(8 + size - place(bin.came)))\" r=\"\(text(radius))\" fill-opacity=\"0.55\"/>\n"
        }
        for tick in [0.0, 0.5, 1.0] {
            marks += "<text x=\"\(text(margin + place(tick) - 6))\" y=\"\(text(size + 24))\">\(text(tick))</text>\n"
            marks += "<text x=\"8\" y=\"\(text(12 + size - place(tick)))\">\(text(tick))</text>\n"
        }
        let width = text(margin + size + 12)
        svg = """
            <svg viewBox="0 0 \(width) \(text(size + 46))" role="img" aria-label="What the model says against what came">
            <rect class="axis" x="\(text(margin))" y="8" width="\(text(size))" height="\(text(size))" fill="none"/>
            <line class="axis" x1="\(text(margin))" y1="\(text(size + 8))" x2="\(text(margin + size))" y2="8"/>
            \(marks)<text x="\(text(margin + size / 2 - 40))" y="\(text(size + 40))">what the model says</text>
            </svg>

            """
    }
}
