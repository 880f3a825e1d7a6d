/// Which partition is read next, how far, and of which more is fetched: `EvenReading` says why.
extension KafkaConsumer {
    /// Every partition has one place in a turn of reading.
    func beginTurn() {
        turn += 1
        if current >= table.partitions.count { current = 0 }
    }

    /// The partition whose place in the turn it is: first the one that was read last, of which more may wait; then, while a
    /// backlog is caught up, the slowest, else the next one.
    func nextInTurn() -> ReadPartition? {
        let partitions = table.partitions
        if partitions[current].turn == turn {
            let after = (current + 1) % partitions.count
            let next = reading.isCatchingUp ? slowest { $0.turn != turn } : partitions[after].turn != turn ? after : nil
            guard let next else { return nil }
            current = next
        }
        partitions[current].turn = turn
        return partitions[current]
    }

    /// How many messages may be taken from a partition's queue now. One that the fetchers are not to ask for keeps so many that its
    /// queue counts as full. One that is paused, or read to its end, gives all it has: that may be records of partitions that rode
    /// with it; those of its own come again after the pause.
    func allowance(of partition: ReadPartition) -> Int {
        guard partition.hasNews, partition.isOpen, !partition.isCarried, !partition.mustWait else { return 0 }
        if partition.isPaused || partition.remaining == 0 { return .max }
        let most = reading.allowance(
            start: partition.backlogStart, next: partition.next, end: partition.logEnd)
        guard reading.isCatchingUp, !partition.isAskedFor else { return most }
        let waiting = partition.waiting
        return Int64(waiting) >= partition.remaining ? most : min(most, max(0, waiting - waker.threshold))
    }

    /// Looks, now and then, how far the partitions are behind, and chooses through whose queue those come that are not.
    func look(at nowUs: Int64) {
        if reading.isDue(at: nowUs) {
            var remaining: Int64 = 0
            var isKnown = true
            for partition in table.partitions {
                partition.refreshLog(of: handle.raw)
                guard isReadable(partition, at: nowUs) else { continue }
                isKnown = isKnown && partition.logEnd >= 0
                remaining += partition.remaining
            }
            if reading.note(remaining: remaining, isKnown: isKnown) {
                for partition in table.partitions { partition.backlogStart = partition.next }
            }
            chooseCarrier(at: nowUs)
        }
        guard reading.isCatchingUp || !reading.isKnown else { return }
        var slowest: Double?
        for partition in table.partitions where partition.mayBeBehind && isReadable(partition, at: nowUs) {
            // Those that another's queue brings hold up nobody.
            if partition.isCarried || partition.mustWait { continue }
            partition.share = EvenReading.share(
                start: partition.backlogStart, next: partition.next, end: partition.logEnd)
            slowest = min(slowest ?? partition.share, partition.share)
        }
        reading.begin(slowest: slowest)
        if reading.isCatchingUp { askForMore(at: nowUs) }
    }

    /// When little waits, lets the fetchers ask for more of the slowest partitions, one after the other, until enough is on its way;
    /// and always for the one that all others wait for.
    private func askForMore(at nowUs: Int64) {
        var expected = 0
        for partition in table.partitions where !partition.isCarried {
            let waiting = partition.waiting
            if partition.isAskedFor, waiting > waker.threshold {
                partition.isAskedFor = false
                partition.fetched = waiting
            }
            guard isReadable(partition, at: nowUs) else { continue }
            let more = partition.isAskedFor ? min(partition.fetched, Int(partition.remaining)) : 0
            // What is held back waits always.
            expected += max(waiting - waker.threshold, more)
        }
        let enough = expected < EvenReading.fetching.below ? EvenReading.fetching.upTo : 0
        while let index = slowest(where: { hasRoom($0, at: nowUs) }) {
            let partition = table.partitions[index]
            guard expected < enough || partition.share <= reading.slowestShare else { break }
            partition.isAskedFor = true
            expected += partition.fetched
        }
    }

    /// Whether the fetchers do not ask for a partition, and could.
    private func hasRoom(_ partition: ReadPartition, at nowUs: Int64) -> Bool {
        !partition.isAskedFor && !partition.isCarried && partition.mayBeBehind && partition.waiting <= waker.threshold
            && isReadable(partition, at: nowUs)
    }

    /// Of some partitions the one that has been read by the smallest share of its backlog.
    private func slowest(where isMeant: (ReadPartition) -> Bool) -> Int? {
        var slowest: Int?
        for (index, partition) in table.partitions.enumerated() {
            if let slowest, table.partitions[slowest].share <= partition.share { continue }
            if isMeant(partition) { slowest = index }
        }
        return slowest
    }

    /// Whether a partition can be read now: it is ours, not paused, and not behind without bringing anything.
    private func isReadable(_ partition: ReadPartition, at nowUs: Int64) -> Bool {
        partition.isOpen && !partition.isPaused && !partition.isStuck(at: nowUs, patienceUs: patienceUs)
    }

    /// While there is a backlog, partitions at their end ride with one that is behind: see `ReadPartition.ride`.
    private func chooseCarrier(at nowUs: Int64) {
        if let carrier, !reading.isCatchingUp || carrier.remaining == 0 || !isReadable(carrier, at: nowUs) {
            for partition in table.partitions { partition.leaveCarrier() }
            self.carrier = nil
        }
        guard reading.isCatchingUp else { return }
        if carrier == nil {
            carrier = table.partitions.filter { isReadable($0, at: nowUs) && !$0.mustWait }.max {
                $0.remaining < $1.remaining
            }
        }
        guard let carrier else { return }
        for partition in table.partitions where partition !== carrier && isReadable(partition, at: nowUs) {
            if partition.logEnd >= 0, partition.remaining == 0 { partition.ride(with: carrier) }
        }
    }
}
