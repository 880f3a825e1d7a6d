import ServiceKit
import ServiceRuntime
import SinkService

runMain(SinkCommand.spec) { settings, stop, log in
    let context = ServiceContext(service: "sink", settings: settings, stop: stop, log: log)
    let monitoring = try MonitoringEndpoint(context)
    defer { monitoring.close() }
    try SinkService(context).run()
}
