internal import KafkaClient
internal import ServiceKit
internal import System

/// The port at which any client on this machine finds the broker inside, and the thread that serves it.
struct BrokerPort {
    /// `host:port`, for clients.
    let address: String
    private let thread: Thread
    private let stop: StopFlag

    /// Listens; a thread serves from now on until `close`.
    /// - Throws: when the port is taken.
    init(of broker: EmbeddedBroker, port: UInt16) throws(KafkaError) {
        let stop = StopFlag()
        self.stop = stop
        let opened = Monitor<Result<String, KafkaError>?>(nil)
        // The proxy lives and dies on the thread that serves it.
        thread = Thread(name: "broker-port") { [bootstrap = broker.bootstrap] in
            do throws(KafkaError) {
                let proxy = try BrokerProxy(of: bootstrap, port: port)
                opened.change { $0 = .success(proxy.bootstrap) }
                while !stop.isRequested { proxy.serve(waitMs: 100) }
            } catch {
                opened.change { $0 = .failure(error) }
            }
        }
        var result: Result<String, KafkaError>?
        while result == nil { result = opened.wait(ms: 1_000) { $0 } }
        guard let result else { preconditionFailure("the thread says how it went") }
        address = try result.get()
    }

    /// Ends the connections and the thread.
    func close() {
        stop.request()
        _ = thread.join(ms: 1_000)
    }
}
