import ServiceKit
import Testing

@testable import AlerterService

@Suite("The command line of the alerter")
struct AlerterCommandTests {
    @Test("neither --print-config nor a problem shows what is secret of those who are told")
    func secrets() throws {
        let arguments = [
            "--exec", "curl -H 'Authorization: Bearer SECRET' https://example.com", "--webhook",
            "https://example.com/SECRET",
        ]
        let shown = CommandLineParser.parse(AlerterCommand.spec, arguments: arguments + ["--print-config"])
        guard case .show(let text) = shown else {
            Issue.record("\(shown)")
            return
        }
        #expect(text.contains(#""exec": "***""#) && text.contains(#""webhook": "***""#) && !text.contains("SECRET"))
        let wrong = ["https://me:SECRET@example.com", "example.com/SECRET", "https://example.com:0/SECRET"]
        let cases = wrong.map { ("--webhook", $0) } + ["--alertmanager", "--telegram-api"].map { ($0, wrong[0]) }
        for (flag, address) in cases {
            let result = CommandLineParser.parse(AlerterCommand.spec, arguments: [flag, address])
            guard case .usage(let problems) = result else {
                Issue.record("\(flag) takes \(address)")
                continue
            }
            #expect(!"\(problems)".contains("SECRET"), "\(problems)")
        }
    }
}
