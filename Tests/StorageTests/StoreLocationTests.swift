import Storage
import Testing

@Suite("what --store may name")
struct StoreLocationTests {
    @Test(
        "a user or password that is not percent-encoded is refused with the way to write it, and no part of it is shown",
        arguments: [
            "crypto:ab@cd@127.0.0.1:1/db", "crypto:ab/cd@127.0.0.1:1/db", "crypto:ab:cd@127.0.0.1:1/db",
            "crypto:ab?cd@127.0.0.1:1/db", "crypto:ab#cd@127.0.0.1:1/db", "crypto:ab%xcd@127.0.0.1/db",
            "crypto:ab%4gcd@127.0.0.1/db", "crypto:ab@cd/ab@127.0.0.1/db", "crypto:12/34ab@127.0.0.1/db",
            "me@home:abcd@127.0.0.1/db", "crypto:ab%", "crypto:ab@cd@h1:1,h2:2/db?authSource=admin&appName=x@y",
        ], ["mongodb", "mongodb+srv"])
    func bareCredentials(rest: String, scheme: String) {
        let location = "\(scheme)://\(rest.hasSuffix("%") ? rest + "@h/db" : rest)"
        let problem = StoreLocation.problem(in: location)
        #expect(problem?.contains("write @ as %40") == true, "\(problem ?? "")")
        let error = #expect(throws: StoreError.self) { _ = try StoreLocation(location) }
        for shown in [problem, error.map { "\($0)" }, StoreLocation.shown(location)] {
            #expect(shown?.contains("ab") == false && shown?.contains("cd") == false, "\(shown ?? "")")
        }
    }

    @Test(
        "encoded credentials, none, and an @ in an option are fine",
        arguments: [
            "crypto:ab%40cd%3A%2f%25@127.0.0.1:1/db", "crypto@127.0.0.1/db", "127.0.0.1:27017/db?appName=me@home",
            "h1:1,h2:2/db", "crypto:abcd@[::1]:27017/db?authSource=admin", "crypto:abcd@h/db?appName=me@home",
        ])
    func encoded(rest: String) {
        #expect(StoreLocation.problem(in: "mongodb://\(rest)") == nil)
    }

    @Test(
        "a location is shown without user, password and options",
        arguments: [
            ("mongodb://crypto:abcd@h1:1,h2:2/db?authSource=admin", "mongodb://h1:1,h2:2/db"),
            ("mongodb://crypto:abcd@h/db?appName=me@home", "mongodb://h/db"),
            ("mongodb://h:27017/db?appName=me@home", "mongodb://h:27017/db"), ("mongodb://h/db", "mongodb://h/db"),
            ("sqlite:crypto.db", "sqlite:crypto.db"), ("csv:data@home", "csv:data@home"),
        ])
    func shown(location: String, shown: String) { #expect(StoreLocation.shown(location) == shown) }
}
