import DashboardService
import ServiceKit
import ServiceRuntime

runMain(DashboardCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "dashboard", configuration.common, stop: stop, log: log)
    let dashboard = try DashboardService(context, configuration.own)
    let monitoring = try MonitoringEndpoint(
        context, routes: dashboard.routes, policy: dashboard.policy, limits: DashboardService.limits)
    defer { monitoring.close() }
    try dashboard.run()
}
