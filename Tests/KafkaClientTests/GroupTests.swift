import KafkaClient
import Testing

extension KafkaClientSuite {
    @Suite("groups") struct GroupTests {
        /// A member of a group as a service is one: it commits what it handed out when it loses its partitions.
        final class Member {
            let consumer: KafkaConsumer
            let topic: String
            private(set) var owned: Set<Int32> = []
            /// Numbers of the records that came, and how many came.
            private(set) var seen: Set<Int> = []
            private(set) var read = 0
            private(set) var strays = 0
            private(set) var revocations = 0
            /// Revocations at which the broker took no commit, as the embedded one does.
            private(set) var uncommitted = 0

            init(_ configuration: KafkaConfiguration, topic: String, group: String, instance: String? = nil) throws {
                self.topic = topic
                consumer = try KafkaConsumer(configuration, group: group, instance: instance, onLog: ignoreLog)
                try consumer.subscribe([topic])
            }

            /// Polls once and answers what must be answered.
            func step() throws {
                let outcome = try consumer.poll(limit: 37, waitMs: 20) { record in
                    if !owned.contains(record.partition) { strays += 1 }
                    read += 1
                    let text = record.value.map { String(decoding: $0, as: UTF8.self) }
                    seen.insert(text.flatMap { Int($0) } ?? -1)
                }
                switch outcome.rebalance {
                case .assigned(let partitions):
                    let committed = try consumer.committed(partitions, timeoutMs: 20_000)
                    try consumer.assign(
                        zip(partitions, committed).map { $1 ?? PartitionOffset($0, offset: KafkaOffset.beginning) })
                    owned = Set(partitions.map(\.partition))
                case .revoked(_, let lost):
                    // As a slow member would: what still waits must not come any more.
                    revocations += 1
                    owned = []
                    _ = try consumer.poll(limit: 37, waitMs: 0) { _ in strays += 1 }
                    if !lost, try !isCommitted() { uncommitted += 1 }
                    try consumer.unassign()
                case nil: break
                }
            }

            func leave() throws {
                let deadline = Deadline()
                while try !isCommitted(), !deadline.isOver {
                    try step()  // the group is being rebalanced, and waits for us
                }
                #expect(consumer.close(timeoutMs: 20_000))
            }

            private func isCommitted() throws -> Bool {
                do throws(KafkaError) {
                    try consumer.commit(consumer.positions, timeoutMs: 20_000)
                    return true
                } catch {
                    if case .failed(_, 27, _) = error { return false }
                    throw error
                }
            }
        }

        @Test("members share the partitions, and no record is lost or handed to who lost its partition")
        func embeddedRebalance() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 4)
            try rebalance(broker.configuration, topic: "t")
        }

        @Test("the same on Apache Kafka, and none is doubled", .needsKafka)
        func realRebalance() throws {
            let members = try rebalance(
                RealKafka.configuration, topic: RealKafka.makeTopic("rebalance", partitions: 4))
            #expect(members.allSatisfy { $0.uncommitted == 0 })
        }

        @discardableResult
        private func rebalance(_ configuration: KafkaConfiguration, topic name: String) throws -> [Member] {
            let group = unique("group")
            let producer = try KafkaProducer(configuration, onLog: ignoreLog)
            let topic = try producer.topic(name)
            var sent = 0
            func produce(_ count: Int) throws {
                for _ in 0..<count {
                    try producer.push(topic, partition: Int32(sent % 4), "\(sent)")
                    sent += 1
                }
                producer.serve()
            }
            let deadline = Deadline(seconds: 60)
            let first = try Member(configuration, topic: name, group: group)
            while first.owned.count < 4 || first.read < 100, !deadline.isOver {
                try produce(10)
                try first.step()
            }
            let second = try Member(configuration, topic: name, group: group)
            while second.read < 100 || first.owned.count != 2, !deadline.isOver {
                try produce(10)
                try first.step()
                try second.step()
            }
            #expect(first.owned.isDisjoint(with: second.owned))
            #expect(first.revocations > 0)
            try second.leave()
            while first.owned.count < 4, !deadline.isOver {
                try produce(10)
                try first.step()
            }
            #expect(try producer.flush(timeoutMs: 20_000))
            while first.seen.union(second.seen).count < sent, !deadline.isOver { try first.step() }
            #expect(first.strays == 0)
            #expect(second.strays == 0)
            #expect(producer.failed == 0)
            #expect(Set(0..<sent).subtracting(first.seen).subtracting(second.seen).sorted() == [])
            if first.uncommitted + second.uncommitted == 0 { #expect(first.read + second.read == sent) }
            try first.leave()
            return [first, second]
        }

        @Test(
            "a static member that closes and comes back has its partitions again, and nobody is disturbed", .needsKafka)
        func staticMember() throws {
            let name = try RealKafka.makeTopic("static", partitions: 2)
            let group = unique("group")
            let deadline = Deadline(seconds: 60)
            let stays = try Member(RealKafka.configuration, topic: name, group: group, instance: "stays")
            var goes: Member? = try Member(RealKafka.configuration, topic: name, group: group, instance: "goes")
            while stays.owned.count != 1 || goes?.owned.count != 1, !deadline.isOver {
                try stays.step()
                try goes?.step()
            }
            let kept = goes?.owned
            let revocations = stays.revocations
            try goes?.leave()
            goes = try Member(RealKafka.configuration, topic: name, group: group, instance: "goes")
            while goes?.owned.count != 1, !deadline.isOver {
                try stays.step()
                try goes?.step()
            }
            #expect(goes?.owned == kept)
            #expect(stays.revocations == revocations)
            try goes?.leave()
            try stays.leave()
        }

        @Test("an offset that was committed is where the group stands; others have none")
        func commits() throws {
            let broker = try AssignmentTests.filledBroker()
            let places = (Int32(0)..<2).map { TopicPartition(topic: "t", partition: $0) }
            let consumer = try KafkaConsumer(broker.configuration, group: "g", onLog: ignoreLog)
            #expect(try consumer.committed(places, timeoutMs: 20_000) == [nil, nil])
            try consumer.commit([PartitionOffset(places[1], offset: 42)], timeoutMs: 20_000)
            #expect(
                try consumer.committed(places, timeoutMs: 20_000) == [nil, PartitionOffset(places[1], offset: 42)])
        }

        @Test("what is committed beside an offset is read back with it, until another commit")
        func metadata() throws {
            let broker = try AssignmentTests.filledBroker()
            let places = (Int32(0)..<2).map { TopicPartition(topic: "t", partition: $0) }
            let consumer = try KafkaConsumer(broker.configuration, group: "g", onLog: ignoreLog)
            let long = String(repeating: "long ", count: 100)
            let noted = [
                PartitionOffset(places[0], offset: 5, metadata: long), PartitionOffset(places[1], offset: 6),
            ]
            try consumer.commit(noted, timeoutMs: 20_000)
            #expect(try consumer.committed(places, timeoutMs: 20_000) == noted)
            let other = [PartitionOffset(places[0], offset: 5, metadata: "Ω")]
            try consumer.commit(other, timeoutMs: 20_000)
            #expect(try consumer.committed(places, timeoutMs: 20_000) == other + noted[1...])
        }

        @Test("a commit that nobody answers ends with the time and may be tried again")
        func commitTimesOut() throws {
            let broker = try AssignmentTests.filledBroker()
            let consumer = try KafkaConsumer(broker.configuration, group: "g", onLog: ignoreLog)
            let offsets = [PartitionOffset(topic: "t", partition: 0, offset: 5)]
            try consumer.commit(offsets, timeoutMs: 20_000)
            try broker.setRoundTrip(ms: 30_000)
            #expect {
                try consumer.commit(offsets, timeoutMs: 100)
            } throws: { error in
                if case KafkaError.retriable("rd_kafka_commit_queue", _, _) = error { true } else { false }
            }
        }

        @Test("a close that nobody answers ends with the time")
        func closeTimesOut() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 1)
            let member = try Member(broker.configuration, topic: "t", group: "g")
            let deadline = Deadline()
            while member.owned.isEmpty, !deadline.isOver { try member.step() }
            try broker.setRoundTrip(ms: 60_000)
            #expect(!member.consumer.close(timeoutMs: 200))
        }

        @Test("a subscribed topic that is not there is a retriable error, with its name", .needsKafka)
        func missingTopic() throws {
            let name = unique("absent")
            let consumer = try KafkaConsumer(RealKafka.configuration, group: unique("group"), onLog: ignoreLog)
            try consumer.subscribe([name])
            var seen: KafkaError?
            let deadline = Deadline()
            while seen == nil, !deadline.isOver {
                do { _ = try consumer.poll(limit: 1, waitMs: 50) { _ in } } catch { seen = error }
            }
            guard case .retriable(_, _, let reason) = seen else {
                Issue.record("expected a retriable error, got \(String(describing: seen))")
                return
            }
            #expect(reason.contains(name))
            #expect(consumer.close(timeoutMs: 20_000))
        }
    }
}
