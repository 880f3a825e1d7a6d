/// Writes HTML: tags as they stand, texts escaped.
struct HTML {
    private(set) var text = ""

    /// Appends markup of ours.
    mutating func raw(_ markup: String) { text += markup }

    /// Appends a text in an element.
    mutating func element(_ tag: String, _ content: String, attributes: String = "") {
        text += "<\(tag)\(attributes.isEmpty ? "" : " \(attributes)")>\(HTML.escaped(content))</\(tag)>\n"
    }

    /// Appends a table; the first cell of each row is its head.
    mutating func table(_ header: [String], _ rows: [[Cell]]) {
        text += "<div class=\"wide\"><table>\n<thead><tr>"
        for title in header { text += "<th scope=\"col\">\(HTML.escaped(title))</th>" }
        text += "</tr></thead>\n<tbody>\n"
        for row in rows {
            text += "<tr>"
            for (i, cell) in row.enumerated() {
                let small = cell.small.map { "<small>\(HTML.escaped($0))</small>" }.joined()
                let content = HTML.escaped(cell.text) + small
                text += i == 0 ? "<th scope=\"row\">\(content)</th>" : "<td>\(content)</td>"
            }
            text += "</tr>\n"
        }
        text += "</tbody></table></div>\n"
    }

    /// A cell of a table.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        /// Below it, in small letters, a line each.
        var small: [String] = []

        init(_ text: String, small: [String] = []) { (self.text, self.small) = (text, small) }
        init(stringLiteral text: String) { self.init(text) }
    }

    /// The text as it may stand anywhere in a page.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
