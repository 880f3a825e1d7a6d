/// A small recurrent network of gated units (GRU) that looks at rows one after the other and says how probable target 1 is.
///
/// *Source*: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014): with update gate z, reset gate r and
/// candidate n, h' = (1 - z) ∘ n + z ∘ h, n = tanh(W x + U (r ∘ h) + b).
struct RecurrentNetwork: Sendable {
    let inputs: Int
    let units: Int
    /// Of each gate (z, r, n) W (units × inputs), U (units × units) and b (units); then the output's weights (units) and bias.
    var parameters: [Double]

    private static let gates = 3

    init(inputs: Int, units: Int, seed: UInt64, upShare: Double) {
        self.inputs = inputs
        self.units = units
        var random = SeededRandom(seed: seed)
        let width = 1 / Double(units).squareRoot()
        let count = RecurrentNetwork.gates * units * (inputs + units + 1) + units + 1
        parameters = (0..<count).map { _ in (random.unit() * 2 - 1) * width }
        let share = min(max(upShare, 1e-6), 1 - 1e-6)
        parameters[count - 1] = Elementary.log(share / (1 - share))
    }

    /// What the network went through with some rows: all that the way back needs.
    struct Trace: Sendable {
        /// *Shape*: (steps + 1) × units; the first is the state before.
        var states: [Double]
        /// *Shape*: steps × gates × units.
        var gates: [Double]
        /// *Shape*: steps.
        var probabilities: [Double]
    }

    private func gateStart(_ gate: Int) -> Int { gate * units * (inputs + units + 1) }
    private var outputStart: Int { RecurrentNetwork.gates * units * (inputs + units + 1) }

    /// Goes through rows, from `state` on. *Shape*: `rows` is steps × inputs, `state` units.
    func run(_ rows: Span<Double>, from state: [Double]) -> Trace {
        let steps = rows.count / inputs
        var trace = Trace(states: state, gates: [], probabilities: [])
        trace.states.reserveCapacity((steps + 1) * units)
        trace.gates = Array(repeating: 0, count: steps * RecurrentNetwork.gates * units)
        trace.states += Array(repeating: 0, count: steps * units)
        for step in 0..<steps {
            forward(rows.extracting(step * inputs..<(step + 1) * inputs), step, &trace)
            var sum = parameters[outputStart + units]
            for i in 0..<units { sum += parameters[outputStart + i] * trace.states[(step + 1) * units + i] }
            trace.probabilities.append(Elementary.logistic(sum))
        }
        return trace
    }

    private func forward(_ row: Span<Double>, _ step: Int, _ trace: inout Trace) {
        let before = step * units
        let at = step * RecurrentNetwork.gates * units
        for gate in 0..<2 {
            for i in 0..<units {
                let sum = activation(gate, i, row) { trace.states[before + $0] }
                trace.gates[at + gate * units + i] = Elementary.logistic(sum)
            }
        }
        for i in 0..<units {
            let sum = activation(2, i, row) { trace.gates[at + units + $0] * trace.states[before + $0] }
            let candidate = Elementary.tanh(sum)
            trace.gates[at + 2 * units + i] = candidate
            let update = trace.gates[at + i]
            trace.states[before + units + i] = (1 - update) * candidate + update * trace.states[before + i]
        }
    }

    @inline(__always)
    private func activation(_ gate: Int, _ unit: Int, _ row: Span<Double>, _ state: (Int) -> Double) -> Double {
        let start = gateStart(gate)
        let parameters = parameters.span
        var sum = parameters[start &+ units &* (inputs &+ units) &+ unit]
        for k in 0..<inputs { sum += parameters[start &+ unit &* inputs &+ k] * row[k] }
        let recurrent = start &+ units &* inputs &+ unit &* units
        for k in 0..<units { sum += parameters[recurrent &+ k] * state(k) }
        return sum
    }

    /// The gradient of the mean log loss over the rows of `trace`. *Shape*: as the parameters.
    func gradient(_ rows: Span<Double>, _ targets: ArraySlice<UInt8>, _ trace: Trace) -> [Double] {
        var gradient = [Double](repeating: 0, count: parameters.count)
        let steps = trace.probabilities.count
        var onState = [Double](repeating: 0, count: units)
        for step in (0..<steps).reversed() {
            let error = (trace.probabilities[step] - Double(targets[targets.startIndex + step])) / Double(steps)
            gradient[outputStart + units] += error
            for i in 0..<units {
                gradient[outputStart + i] += error * trace.states[(step + 1) * units + i]
                onState[i] += error * parameters[outputStart + i]
            }
            let row = rows.extracting(step * inputs..<(step + 1) * inputs)
            onState = back(row, step, trace, onState, &gradient)
        }
        return gradient
    }

    /// One step back: adds to the gradient, and says what falls on the state before.
    private func back(
        _ row: Span<Double>, _ step: Int, _ trace: Trace, _ onState: [Double], _ gradient: inout [Double]
    ) -> [Double] {
        let before = step * units
        let at = step * RecurrentNetwork.gates * units
        var onBefore = [Double](repeating: 0, count: units)
        // What falls on the three gates' sums, before their functions.
        var sums = [Double](repeating: 0, count: RecurrentNetwork.gates * units)
        for i in 0..<units {
            let (update, candidate) = (trace.gates[at + i], trace.gates[at + 2 * units + i])
            let old = trace.states[before + i]
            sums[i] = onState[i] * (old - candidate) * update * (1 - update)
            sums[2 * units + i] = onState[i] * (1 - update) * (1 - candidate * candidate)
            onBefore[i] = onState[i] * update
        }
        let candidateWeights = gateStart(2) + units * inputs
        for k in 0..<units {
            var onReset = 0.0
            for i in 0..<units { onReset += parameters[candidateWeights + i * units + k] * sums[2 * units + i] }
            let reset = trace.gates[at + units + k]
            sums[units + k] = onReset * trace.states[before + k] * reset * (1 - reset)
            onBefore[k] += onReset * reset
        }
        for gate in 0..<2 {
            let weights = gateStart(gate) + units * inputs
            for i in 0..<units {
                for k in 0..<units { onBefore[k] += parameters[weights + i * units + k] * sums[gate * units + i] }
            }
        }
        addGates(row, sums, step, trace, &gradient)
        return onBefore
    }

    private func addGates(
        _ row: Span<Double>, _ sums: [Double], _ step: Int, _ trace: Trace, _ gradient: inout [Double]
    ) {
        let before = step * units
        let resets = (step * RecurrentNetwork.gates + 1) * units
        for gate in 0..<RecurrentNetwork.gates {
            let start = gateStart(gate)
            for i in 0..<units {
                let sum = sums[gate * units + i]
                for k in 0..<inputs { gradient[start + i * inputs + k] += sum * row[k] }
                for k in 0..<units {
                    let state = trace.states[before + k] * (gate == 2 ? trace.gates[resets + k] : 1)
                    gradient[start + units * inputs + i * units + k] += sum * state
                }
                gradient[start + units * (inputs + units) + i] += sum
            }
        }
    }
}
