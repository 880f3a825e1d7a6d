import PipelineService
import ServiceKit

runMain(PipelineCommand.spec) { configuration, stop, log in
    try PipelineService(configuration, stop: stop, log: log).run()
}
