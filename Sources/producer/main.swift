import ProducerService
import ServiceKit
import ServiceRuntime

runMain(ProducerCommand.spec) { settings, stop, log in
    let context = ServiceContext(service: "producer", settings: settings, stop: stop, log: log)
    let monitoring = try MonitoringEndpoint(context)
    defer { monitoring.close() }
    try ProducerService(context).run()
}
