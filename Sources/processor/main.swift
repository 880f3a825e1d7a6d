import ProcessorService
import ServiceKit
import ServiceRuntime

runMain(ProcessorCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "processor", configuration.common, stop: stop, log: log)
    let stateQuestions = StateQuestions()
    let monitoring = try MonitoringEndpoint(context, routes: stateQuestions.routes(context))
    defer { monitoring.close() }
    try ProcessorService(context, configuration.own, stateQuestions: stateQuestions).run()
}
