import Testing

@testable import DashboardService

@Suite("Addresses of services")
struct ServiceAddressTests {
    @Test("a name and an address, without the slash at its end")
    func read() throws {
        let address = try #require(ServiceAddress("sink=http://sink:9103/"))
        #expect(address == ServiceAddress(name: "sink", url: "http://sink:9103"))
    }

    @Test(
        "what is neither is refused with an example",
        arguments: ["", "sink", "=http://sink:9103", "sink=", "sink=ftp://x"])
    func refused(text: String) { #expect(ServiceAddress.problem(in: text) != nil) }
}
