import PipelineService
import ServiceKit

runMain(PipelineCommand.spec) { settings, stop, log in
    try PipelineService(settings: settings, stop: stop, log: log).run()
}
