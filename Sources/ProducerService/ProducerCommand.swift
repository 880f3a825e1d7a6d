package import ServiceKit

/// The command line of the producer.
package enum ProducerCommand {
    /// What `producer --help` describes.
    package static let spec = CommandSpec.service(
        usage, answering: { settings throws(UsageError) in answer(settings) },
        own: { settings throws(UsageError) in try ProducerConfiguration(settings) })

    private static let usage = CommandUsage(
        name: "producer",
        summary: "Brings prices and trades from exchanges, recordings or a generator to Kafka.",
        flags: ProducerFlags.all + questions + CommonFlags.all(httpPort: 9101),
        examples: [
            "producer --symbols bitcoin ethereum --interval 60",
            "producer --source bybit binance coinbase kraken --symbols BTC ETH SOL",
            "producer --source binance --symbols BTC --backfill 24h",
            "producer --source binance-24h --top 50",
            "producer --source replay --file config/sample/binance-spot-btcusdt-20230405.txt --speed max",
            "producer --source replay --file day.jsonl.gz --shift now --loop",
            "producer --sample",
            "producer --source binance --symbols BTC --record day.jsonl.gz",
            "producer --source synthetic --symbols BTC ETH --rate 10000 --seed 7 --count 1000000",
            "producer --source bybit --endpoint bybit=wss://stream-testnet.bybit.com bybit=https://api-testnet.bybit.com",
            "producer --list-symbols kraken",
        ])
}
