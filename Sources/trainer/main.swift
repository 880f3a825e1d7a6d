import ServiceKit
import ServiceRuntime
import TrainerService

runMain(TrainerCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "trainer", configuration.common, stop: stop, log: log)
    // Who trains once is done before anybody asks; several may do so at the same time.
    let monitoring = configuration.own.watchMs == nil ? nil : try MonitoringEndpoint(context)
    defer { monitoring?.close() }
    try TrainerService(context, configuration.own).run()
}
