internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// The flags that only the trainer has.
enum TrainerFlags {
    static let preset = Flag.choice(
        "preset", among: Preset.allCases, help: "what is learned: features, target and the rules it is held against")
    static let from = Flag.text(
        "from", value: "INPUT",
        help: """
            what is learned from: sqlite:FILE, mongodb://HOST/DATABASE, csv:FILE (ticks as the sink writes them, or rows \
            price,quantity,is_buy,target), csv:DIR (all files of ticks in it), or kafka
            """,
        check: { InputLocation.problem(in: $0) })
    static let models = Flag.text(
        "models", value: "DIR", default: "models",
        help: "where models lie: DIR/<name>/<version>, and DIR/<name>/current")
    static let name = Flag.text(
        "name", value: "NAME", help: "the model's name (default: the preset's)", check: { ModelName.problem(in: $0) })
    static let series = Flag.list(
        "series", value: "GLOB", help: "only these series, such as bybit:BTC-USDT or 'binance:*-USDT' (default: all)")
    static let since = Flag.text(
        "since", value: "TIME",
        help: "only what happened since then: 7d before now, or a time such as 2026-01-31T12:00Z",
        check: { TimeBound.problem(in: $0) })
    static let until = Flag.text(
        "until", value: "TIME", help: "only what happened before then", check: { TimeBound.problem(in: $0) })

    static let trees = Flag.integer("trees", 1...10_000, default: 100, help: "trees of the forest")
    static let depth = Flag.integer("depth", 1...30, default: 10, help: "splits above a leaf at most")
    static let minLeaf = Flag.integer("min-leaf", 1...1_000_000, default: 5, help: "rows in a leaf at least")
    static let classWeights = Flag.text(
        "class-weights", value: "HOW", default: "none",
        help:
            "how much rows count: none (each the same), balanced (both targets the same), or 1,2.5 (of target 0, of target 1)",
        check: { ClassWeightsFlag.problem(in: $0) })
    static let seed = Flag.integer(
        "seed", 0...Int.max, default: 1, help: "what chance begins with: the same gives the same model")
    static let threads = Flag.integer(
        "threads", 1...1024, help: "threads that grow trees, whose number changes no model (default: a core each)")
    static let evaluate = Flag.text(
        "evaluate", value: "HOW", default: "walk-forward",
        help: """
            how the model is judged: walk-forward (with purge and embargo), holdout:2d (the last days), holdout:0.2 (the last \
            rows), none
            """,
        check: { ValidationFlag.problem(in: $0) })
    static let export = Flag.text(
        "export", value: "FILE", help: "write the rows to FILE.csv, or the new model (or that of --of) to FILE.onnx",
        check: { Export.problem(in: $0) })
    static let importing = Flag.text(
        "import", value: "FILE.onnx",
        help: """
            grow no forest, but take this one, such as scikit-learn's by skl2onnx; --from, if given, is what it learned from, without \
            the rows that --evaluate holdout:... keeps to judge it by
            """)
    static let watch = Flag.duration(
        "watch", atLeastMs: 1_000,
        help:
            "go on: train a challenger this often, judge it beside the champion on what neither saw, keep the better one"
    )
    static let fresh = Flag.duration(
        "fresh", atLeastMs: 3_600_000, default: "1d",
        help: "with --watch: how long a time, up to the newest tick, champion and challenger are judged by")
    static let keepVersions = Flag.integer(
        "keep-versions", 1...1_000_000, default: 10,
        help: "with --watch: how many challengers that lost keep their model, the newest; of older ones the card stays")

    static let of = Flag.text(
        "of", value: "NAME:VERSION", help: "with --export FILE.onnx: write the model of this version, and end",
        check: { VersionName.problem(in: $0) }
    ).question
    static let use = Flag.text(
        "use", value: "NAME:VERSION", help: "serve this version from now on, such as horizon:3, and end",
        check: { VersionName.problem(in: $0) }
    ).question

    static let all: [any AnyFlag] = [
        preset, from, models, name, series, since, until, trees, depth, minLeaf, classWeights, seed, threads, evaluate,
        export, importing, watch, fresh, keepVersions,
    ]
}
