import ProducerService
import ServiceKit
import ServiceRuntime

runMain(ProducerCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "producer", configuration.common, stop: stop, log: log)
    let monitoring = try MonitoringEndpoint(context)
    defer { monitoring.close() }
    try ProducerService(context, configuration.own).run()
}
