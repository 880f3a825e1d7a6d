import AlerterService
import ServiceKit
import ServiceRuntime

runMain(AlerterCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "alerter", configuration.common, stop: stop, log: log)
    let http = AlerterHTTP(configuration.own.notifiers, rules: configuration.own.rules)
    let monitoring = try MonitoringEndpoint(context, routes: http.routes(context))
    defer { monitoring.close() }
    try AlerterService(context, configuration.own, http: http).run()
}
