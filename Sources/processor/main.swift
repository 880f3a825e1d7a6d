import ProcessorService
import ServiceKit
import ServiceRuntime

runMain(ProcessorCommand.spec) { settings, stop, log in
    let context = ServiceContext(service: "processor", settings: settings, stop: stop, log: log)
    let monitoring = try MonitoringEndpoint(context)
    defer { monitoring.close() }
    try ProcessorService(context).run()
}
