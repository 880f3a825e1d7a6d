internal import CryptoCore

extension KafkaStatistics {
    /// Reads librdkafka's statistics; nil when they are not what STATISTICS.md says. Unknown fields are skipped.
    init?(json: [UInt8]) {
        self.init()
        var scanner = JSONScanner()
        do throws(DecodeError) {
            try read(json.span.bytes, &scanner)
            try scanner.end(json.span.bytes)
        } catch {
            return nil
        }
    }

    private mutating func read(_ json: RawSpan, _ scanner: inout JSONScanner) throws(DecodeError) {
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            if key.equals("ts", in: json) {
                takenUs = try scanner.integer(json)
            } else if key.equals("msg_cnt", in: json) {
                queuedRecords = try scanner.integer(json)
            } else if key.equals("msg_size", in: json) {
                queuedBytes = try scanner.integer(json)
            } else if key.equals("txmsgs", in: json) {
                sentRecords = try scanner.integer(json)
            } else if key.equals("rxmsgs", in: json) {
                receivedRecords = try scanner.integer(json)
            } else if key.equals("brokers", in: json) {
                try scanner.enterObject(json)
                while try scanner.nextKey(json) != nil { brokers.append(try Broker(json, &scanner)) }
            } else if key.equals("topics", in: json) {
                try scanner.enterObject(json)
                while let name = try scanner.nextKey(json) { try readTopic(name.string(in: json), json, &scanner) }
            } else if key.equals("cgrp", in: json) {
                group = try Group(json, &scanner)
            } else {
                try scanner.skipValue(json)
            }
        }
    }

    private mutating func readTopic(
        _ name: String, _ json: RawSpan, _ scanner: inout JSONScanner
    ) throws(DecodeError) {
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            guard key.equals("partitions", in: json) else {
                try scanner.skipValue(json)
                continue
            }
            try scanner.enterObject(json)
            while try scanner.nextKey(json) != nil {
                let partition = try Partition(name, json, &scanner)
                // Number -1 holds the records that have no partition yet.
                if partition.partition >= 0 { partitions.append(partition) }
            }
        }
    }
}

extension KafkaStatistics.Broker {
    init(_ json: RawSpan, _ scanner: inout JSONScanner) throws(DecodeError) {
        var isLogical = false
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            if key.equals("nodeid", in: json) {
                id = Int32(clamping: try scanner.integer(json))
            } else if key.equals("source", in: json) {
                isLogical = try scanner.string(json).equals("logical", in: json)
            } else if key.equals("name", in: json) {
                name = try scanner.string(json).string(in: json)
            } else if key.equals("state", in: json) {
                state = try scanner.string(json).string(in: json)
            } else if key.equals("disconnects", in: json) {
                disconnects = try scanner.integer(json)
            } else if key.equals("req_timeouts", in: json) {
                requestTimeouts = try scanner.integer(json)
            } else if key.equals("rtt", in: json) {
                try readRoundTrip(json, &scanner)
            } else if key.equals("req", in: json) {
                try readRequests(json, &scanner)
            } else {
                try scanner.skipValue(json)
            }
        }
        // librdkafka gives a coordinator's connection the number of the broker behind it, which has one of its own.
        if isLogical { id = -1 }
    }

    private mutating func readRoundTrip(_ json: RawSpan, _ scanner: inout JSONScanner) throws(DecodeError) {
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            let value = try scanner.integer(json)
            if key.equals("p99", in: json) { rttP99Us = value }
        }
    }

    private mutating func readRequests(_ json: RawSpan, _ scanner: inout JSONScanner) throws(DecodeError) {
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            let value = try scanner.integer(json)
            if key.equals("Fetch", in: json) { fetches = value }
        }
    }
}

extension KafkaStatistics.Partition {
    init(_ topic: String, _ json: RawSpan, _ scanner: inout JSONScanner) throws(DecodeError) {
        self.topic = topic
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            if key.equals("partition", in: json) {
                partition = Int32(clamping: try scanner.integer(json))
            } else if key.equals("leader", in: json) {
                leader = Int32(clamping: try scanner.integer(json))
            } else if key.equals("fetch_state", in: json) {
                fetchState = try scanner.string(json).string(in: json)
            } else if key.equals("hi_offset", in: json) {
                highOffset = try scanner.integer(json)
            } else {
                try scanner.skipValue(json)
            }
        }
    }
}

extension KafkaStatistics.Group {
    init(_ json: RawSpan, _ scanner: inout JSONScanner) throws(DecodeError) {
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            if key.equals("rebalance_cnt", in: json) {
                rebalances = try scanner.integer(json)
            } else {
                try scanner.skipValue(json)
            }
        }
    }
}
