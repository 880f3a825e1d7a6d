import AlerterService
import ServiceKit
import ServiceRuntime

runMain(AlerterCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "alerter", configuration.common, stop: stop, log: log)
    let board = AlertBoard()
    let monitoring = try MonitoringEndpoint(context, routes: [board.route])
    defer { monitoring.close() }
    try AlerterService(context, configuration.own, board: board).run()
}
