import CryptoCore
import ServiceRuntime
import Testing

@Suite("A dead letter as Kafka takes it")
struct DeadLetterRecordTests {
    private func record(_ error: String, _ byteCount: Int) -> DeadLetterRecord {
        let letter = DeadLetter(originTopic: "t", originPartition: 1, originOffset: 2, error: error, service: "sink")
        return DeadLetterRecord(letter, byteCount: byteCount)
    }

    @Test("bytes that Kafka would not take stay at their origin, and the error says how many", arguments: [0, 990_000])
    func size(count: Int) {
        #expect(record("e", count).carriesBytes && record("e", count).letter.error == "e")
        let large = record("e", count + 990_001)
        #expect(!large.carriesBytes)
        #expect(
            large.letter.error
                == "e; its \(count + 990_001) bytes are too many for a dead letter and stay where they were")
        #expect((large.letter.originTopic, large.letter.originPartition, large.letter.originOffset) == ("t", 1, 2))
    }

    @Test("an error that quotes a whole record is cut, so that the headers fit")
    func longError() {
        let cut = record(String(repeating: "線", count: 900_000), 990_000)
        #expect(cut.letter.error.utf8.count < 5_000 && cut.letter.error.hasSuffix("線..."))
        let whole = String(repeating: "x", count: 4_096)
        #expect(record(whole, 0).letter.error == whole)
    }
}
