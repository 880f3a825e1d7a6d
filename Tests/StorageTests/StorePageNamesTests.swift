import CryptoCore
import Foundation
import Storage
import Testing

@Suite("config/README.md, the page about stores")
struct StorePageNamesTests {
    @Test("names every table, column and CSV file")
    func names() throws {
        let page = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../config/README.md").standardizedFileURL, encoding: .utf8)
        for table in Table.allCases {
            #expect(page.contains("| `\(table.name)` |"), "the table \(table.name)")
            // Of the list of columns; `late` has those of `ticks`.
            let row = page.split(separator: "\n").last { $0.hasPrefix("| `\(table.name)`") }
            for column in table.columns where table != .late {
                #expect(row?.contains("`\(column.name)`") == true, "\(table.name).\(column.name)")
            }
        }
        #expect(page.contains("`late_by`"))
        for topic in Topic.allCases where topic.table != nil {
            #expect(page.contains("`\(topic.rawValue)-"), "the files of \(topic)")
        }
    }
}
