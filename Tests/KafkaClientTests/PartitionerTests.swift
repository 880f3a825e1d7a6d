import KafkaClient
import Testing

extension KafkaClientSuite {
    @Suite("partitioner") struct PartitionerTests {
        /// *Source*: apache/kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2.
        static let published: [(String, Int32)] = [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ]

        @Test("keys hash as in the Java client", arguments: published)
        func murmur2(key: String, hash: Int32) {
            let positive = hash & Int32.max
            #expect(partition(forKey: key, count: Int32.max) == positive)
            for count in [Int32(1), 2, 3, 12, 100] { #expect(partition(forKey: key, count: count) == positive % count) }
        }

        @Test("an empty key has a partition too")
        func emptyKey() {
            #expect((0..<12).contains(partition(forKey: "", count: 12)))
            #expect(
                partition(forKey: UnsafeRawBufferPointer(start: nil, count: 0), count: 12)
                    == partition(forKey: "", count: 12))
        }
    }
}
