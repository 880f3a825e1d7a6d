import ServiceKit
import Testing

@Suite("The help")
struct HelpTests {
    @Test("it is, byte for byte, what we once found good")
    func golden() throws {
        print(try Sample.shown(["--help"]))
    }

    @Test("no line is longer than 100 columns, and each flag is there with its variable")
    func layout() throws {
        let text = try Sample.shown(["--help"])
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 && $0.last != " " })
        for flag in Sample.spec.flags {
            #expect(text.contains("  --\(flag.name)"))
            #expect(text.contains(flag.environmentName))
        }
    }

    private static let text = """
        GOLDEN
        """
}
