import ProcessorService
import ServiceKit
import ServiceRuntime

runMain(ProcessorCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "processor", configuration.common, stop: stop, log: log)
    let openWindows = OpenWindows()
    let monitoring = try MonitoringEndpoint(context, routes: [openWindows.route(context)])
    defer { monitoring.close() }
    try ProcessorService(context, configuration.own, openWindows: openWindows).run()
}
