import ProcessorService
import ServiceKit
import ServiceRuntime

runMain(ProcessorCommand.spec) { settings, stop, log in
    let context = ServiceContext(service: "processor", settings: settings, stop: stop, log: log)
    let openWindows = OpenWindows()
    let monitoring = try MonitoringEndpoint(context, routes: [openWindows.route(context)])
    defer { monitoring.close() }
    try ProcessorService(context, openWindows: openWindows).run()
}
