import InferenceService
import ServiceKit
import ServiceRuntime

runMain(InferenceCommand.spec) { configuration, stop, log in
    let context = ServiceContext(service: "inference", configuration.common, stop: stop, log: log)
    let models = ServedModels(context, configuration.own.choice)
    let service = InferenceService(context, configuration.own, models: models)
    let monitoring = try MonitoringEndpoint(
        context, routes: InferenceHTTP(context, models).routes, limits: InferenceHTTP.limits)
    defer { monitoring.close() }
    try service.run()
}
