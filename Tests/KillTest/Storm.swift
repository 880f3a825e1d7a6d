internal import Foundation
internal import ServiceKit
internal import System
internal import TestSupport

/// The storm: round after round a fault and a kill, while records come in.
final class Storm {
    /// How long the members may take until all partitions have new output, when everything is well again.
    private static let recoverySeconds = 90.0
    /// Longer than the group's session and the transactions' timeout.
    private static let longSeconds = 12.0

    private let plan: Plan
    private let servers: OwnKafka
    private let fleet: Fleet
    private let watch: OutputWatch
    private let inputs: [InputWriter]
    private let clock = SystemClock()
    private var random: SplitMix64
    /// How often each fault came: its variants take turns.
    private var turns: [Fault: Int] = [:]
    private(set) var tally = Tally()

    init(_ plan: Plan, _ servers: OwnKafka, _ fleet: Fleet, _ watch: OutputWatch, _ inputs: [InputWriter]) {
        self.plan = plan
        self.servers = servers
        self.fleet = fleet
        self.watch = watch
        self.inputs = inputs
        random = SplitMix64(seed: plan.seed ^ 0x0005_7024)
    }

    func run() throws {
        for instance in ["a", "b"] { try fleet.start(instance) }
        try recover("the start")
        for (index, fault) in plan.schedule().enumerated() {
            let started = clock.monotonicMs()
            let what = try play(fault)
            try recover(what)
            tally.add(fault.rawValue)
            let seconds = Double(clock.monotonicMs() - started) / 1000
            say("  round \(index + 1)/\(plan.rounds)  \(what)  (\(oneDecimal(seconds)) s)")
        }
    }

    /// One round; tells what it was.
    private func play(_ fault: Fault) throws -> String {
        let turn = turns[fault, default: Int(plan.seed % 8)]
        turns[fault] = turn + 1
        switch fault {
        case .kill: return try killStatic()
        case .dynamic: return try killDynamic()
        case .join: return try join(turn.isMultiple(of: 2) ? 1 : 2)
        case .broker: return try restartBroker(turn.isMultiple(of: 2) ? SIGTERM : SIGKILL)
        case .pause: return try pauseBroker(seconds: turn.isMultiple(of: 2) ? draw(2...5) : Storm.longSeconds)
        case .network:
            let kinds = NetworkFault.allCases
            let isLong = plan.rounds > 15 && turn % (2 * kinds.count) >= kinds.count
            return try damageNetwork(kinds[turn % kinds.count], seconds: isLong ? Storm.longSeconds : draw(1.5...4))
        case .zombie: return turn.isMultiple(of: 2) ? try staticZombie() : try dynamicZombie()
        }
    }

    // MARK: Rounds

    private func killStatic() throws -> String {
        let victim = anyMember()
        try committed(victim)
        try pass(draw(0...0.8))
        watch.mark()
        try kill(victim)
        let delays = try recover("a kill")
        tally.staticMs.append(delays.last)
        return "killed \(victim.label): all its partitions wrote again after \(delays.last) ms"
    }

    private func killDynamic() throws -> String {
        let victim = try fleet.start(nil)
        try committed(victim)
        try pass(draw(0...0.8))
        watch.mark()
        try kill(victim)
        let delays = try recover("the kill of a dynamic member")
        tally.dynamicMs.append(delays.last)
        return "killed \(victim.label): all its partitions wrote again after \(delays.last) ms"
    }

    private func join(_ count: Int) throws -> String {
        let guests = try (0..<count).map { _ in try fleet.start(nil) }
        let victim = anyMember(otherThan: guests)
        // Half of the time the kill falls into the rebalance.
        if Bool.random(using: &random) { try committed(guests[0]) } else { try pass(draw(0...1.5)) }
        try committed(victim)
        try kill(victim)
        try pass(draw(0...1))
        // A guest that ended by itself meanwhile was started again as another.
        for guest in fleet.members where guest.instance == nil { try fleet.dismiss(guest) }
        return "\(count) joined, \(victim.label) was killed, \(count) left"
    }

    private func restartBroker(_ signal: Int32) throws -> String {
        let victim = anyMember()
        try committed(victim)
        let moment = Int.random(in: 0...2, using: &random)
        if moment == 0 { try kill(victim) }
        try servers.stopKafka(signal)
        if moment == 1 { try kill(victim) }
        try pass(draw(0...2))
        try servers.startKafka()
        if moment == 2 { try kill(victim) }
        let kind = signal == SIGKILL ? "killed" : "stopped"
        return "broker \(kind) and started; \(victim.label) killed \(["before", "meanwhile", "after"][moment])"
    }

    private func pauseBroker(seconds: Double) throws -> String {
        let victim = anyMember()
        try committed(victim)
        servers.holdKafka()
        defer { servers.resumeKafka() }
        let before = draw(0...seconds)
        try pass(before)
        try kill(victim)
        try pass(seconds - before)
        return "broker held for \(oneDecimal(seconds)) s, \(victim.label) killed meanwhile"
    }

    private func damageNetwork(_ fault: NetworkFault, seconds: Double) throws -> String {
        let victim = anyMember()
        try committed(victim)
        try servers.damage(fault)
        let before = draw(0...seconds)
        try pass(before)
        try kill(victim)
        try pass(seconds - before)
        try servers.heal()
        return "network \(fault.rawValue) for \(oneDecimal(seconds)) s, \(victim.label) killed meanwhile"
    }

    /// A second process takes the name of one that is held still.
    private func staticZombie() throws -> String {
        let zombie = anyMember()
        try committed(zombie)
        try pass(draw(0...0.8))
        zombie.signal(SIGSTOP)
        fleet.forget(zombie)
        let heir = try fleet.start(zombie.instance)
        try committed(heir)
        zombie.signal(SIGCONT)
        try waitFor("the end of zombie \(zombie.label)", seconds: 30) {
            try fleet.supervise()
            return !zombie.isRunning
        }
        let status = try zombie.end(seconds: 5)
        guard status == 1 else {
            throw Failure("zombie \(zombie.label) ended with \(status): \(zombie.log.suffix(2_000))")
        }
        try committed(heir)
        try kill(heir)
        return "\(zombie.label) held, replaced, woken: exited 1 (\(zombie.lastTrouble.suffix(60))); its heir killed"
    }

    /// The others take over the partitions of one that is held still for longer than its session.
    private func dynamicZombie() throws -> String {
        let zombie = try fleet.start(nil)
        try committed(zombie)
        try pass(draw(0...0.8))
        watch.mark()
        zombie.signal(SIGSTOP)
        try recover("the take-over from \(zombie.label)")
        zombie.signal(SIGCONT)
        try pass(3)
        let isBack = zombie.isRunning
        let victim = anyMember(otherThan: fleet.members.filter { $0.instance == nil })
        try committed(victim)
        try kill(victim)
        for guest in fleet.members where guest.instance == nil { try fleet.dismiss(guest) }
        return
            "\(zombie.label) held, its partitions taken, woken: \(isBack ? "came back" : "exited 1"); \(victim.label) killed"
    }

    // MARK: Parts

    /// Waits until all partitions have new output; since the last mark, or since now when that is long done.
    @discardableResult
    private func recover(_ what: String) throws -> (first: Int64, last: Int64) {
        if watch.delays != nil { watch.mark() }
        let records = count
        do {
            try waitFor("new output after \(what)", seconds: Storm.recoverySeconds) {
                try fleet.supervise()
                for input in inputs { try input.check() }
                return watch.delays != nil
            }
        } catch let failure as Failure {
            throw Failure(
                "\(failure); silent are partitions \(watch.silent), \(count - records) records came meanwhile")
        }
        return watch.delays ?? (0, 0)
    }

    private var count: Int { inputs.reduce(0) { $0 + $1.count } }

    /// Waits until a member has committed; one that ends meanwhile is a failure of the round, not of the processor.
    private func committed(_ member: Member) throws {
        try waitFor("a commit of \(member.label)", seconds: Storm.recoverySeconds) {
            try fleet.supervise()
            guard member.isRunning else {
                throw Failure("\(member.label) ended before it committed: \(member.lastTrouble)")
            }
            return (member.commits ?? 0) > 0
        }
    }

    private func kill(_ member: Member) throws {
        guard member.isRunning else {
            // It was faster, and its successor has not committed: this kill does not count, another one has to.
            try fleet.supervise()
            let next = anyMember()
            try committed(next)
            return try kill(next)
        }
        try fleet.strike(member)
        tally.kills += 1
    }

    private func anyMember(otherThan guests: [Member] = []) -> Member {
        let candidates = fleet.members.filter { member in
            member.instance != nil && !guests.contains { $0 === member }
        }
        return candidates[Int.random(in: candidates.indices, using: &random)]
    }

    private func pass(_ seconds: Double) throws {
        let end = clock.monotonicMs() + Int64(seconds * 1000)
        while clock.monotonicMs() < end {
            try fleet.supervise()
            usleep(5_000)
        }
    }

    private func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
}
