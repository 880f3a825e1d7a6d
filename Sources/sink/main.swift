import ServiceKit
import ServiceRuntime
import SinkService

runMain(SinkCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "sink", configuration.common, stop: stop, log: log)
    let monitoring = try MonitoringEndpoint(context)
    defer { monitoring.close() }
    try SinkService(context, configuration.own).run()
}
