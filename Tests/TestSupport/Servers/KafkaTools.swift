import Foundation

/// Apache Kafka's own command line tools, of the server that `KAFKA_HOME` names.
public enum KafkaTools {
    /// Whether they are there.
    public static var isPresent: Bool { !(ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? "").isEmpty }

    /// Runs one to its end: `kafka-topics.sh`, say.
    /// - Returns: its standard output.
    public static func run(_ tool: String, _ bootstrap: String, _ arguments: [String]) throws -> String {
        let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
        return try ChildProcess.run("\(home)/bin/\(tool)", ["--bootstrap-server", bootstrap] + arguments)
    }

    /// Removes the records of a partition before an offset, as retention does.
    public static func deleteRecords(of topic: String, partition: Int32, before offset: Int64, on bootstrap: String)
        throws
    {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let wanted =
            #"{"partitions":[{"topic":"\#(topic)","partition":\#(partition),"offset":\#(offset)}],"version":1}"#
        try Data(wanted.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
        _ = try ChildProcess.run(
            "\(home)/bin/kafka-run-class.sh",
            [
                "org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", bootstrap, "--offset-json-file",
                file.path,
            ])
    }

    /// What `kafka-consumer-groups.sh --describe` says of a group, by `topic:partition`: the lag, and nil where the group has
    /// committed nothing.
    public static func lags(of group: String, on bootstrap: String) throws -> [String: Int?] {
        let table = try run("kafka-consumer-groups.sh", bootstrap, ["--describe", "--group", group])
        var lags: [String: Int?] = [:]
        for line in table.split(separator: "\n") {
            let cells = line.split(separator: " ", omittingEmptySubsequences: true)
            guard cells.count >= 6, cells[0] == group else { continue }
            lags["\(cells[1]):\(cells[2])"] = Int(cells[5])
        }
        return lags
    }
}
