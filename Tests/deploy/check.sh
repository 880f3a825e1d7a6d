#!/usr/bin/env bash
# .ci/check finds what it is there to find: each case breaks one convention in a small repository of its own.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=Tests/deploy/support/expect.sh
source "$here/support/expect.sh"

repository=$test_dir/repository
mkdir -p "$repository/.ci"
cp "$here/../../.ci/check" "$repository/.ci/check"
cp "$here/../../Package.swift" "$repository/Package.swift"
git -C "$repository" init -q
echo 'Flags: --brokers. Metrics: cryptostream_sink_rows_total.' >"$repository/README.md"

# finds TEXT PATH CONTENT: with that file and no other the check fails and says TEXT.
finds() {
    mkdir -p "$(dirname "$repository/$2")"
    printf '%b\n' "$3" >"$repository/$2"
    expect "$1" 1 "^${2//./\\.}:[0-9]+: .*$1" "$repository/.ci/check"
    rm -r "${repository:?}/${2%%/*}"
}
# accepts WHY PATH CONTENT: the same, but the check has nothing to say.
accepts() {
    mkdir -p "$(dirname "$repository/$2")"
    printf '%b\n' "$3" >"$repository/$2"
    expect "$1" 0 'conventions hold' "$repository/.ci/check"
    rm -r "${repository:?}/${2%%/*}"
}

finds 'CryptoCore may not import FoundationEssentials' Sources/CryptoCore/A.swift 'internal import FoundationEssentials'
finds 'System may not import CryptoCore' Sources/System/A.swift 'internal import CryptoCore'
finds 'Feeds may not import Foundation' Sources/Feeds/A.swift '// why\n@preconcurrency import Foundation'
finds 'Feeds may not import KafkaClient' Sources/Feeds/A.swift 'package import struct KafkaClient.Record'
finds 'Feeds may not import CCurl' Sources/Feeds/A.swift 'internal import CCurl'
finds 'Storage may not import CRdkafka' Sources/Storage/A.swift 'internal import CRdkafka'
finds 'SinkService may not import ProducerService' Sources/SinkService/A.swift 'import ProducerService'
finds 'Unknown may not import Glibc' Sources/Unknown/A.swift 'import Glibc'
finds 'is banned' Tests/A/A.swift 'nonisolated(unsafe) var x = 1'
finds 'need a reason' Sources/Feeds/A.swift 'let x = try! f()'
finds "runs on System's threads" Sources/Feeds/A.swift 'let queue = DispatchQueue(label: "x")'
finds 'has 61 lines' Sources/sink/main.swift "$(printf 'f()\\n%.0s' {1..60})f()"
finds 'a C target holds' Sources/CCurl/extra.c 'int x;'
finds 'a path of one machine' Tests/A/A.swift "let file = \"/ho""me/somebody/x\""
# depends TARGET OTHER TEXT: when Package.swift lets a target depend on another the check fails and says TEXT.
depends() {
    sed "s/library(\"$1\", \[/&\"$2\", /" "$here/../../Package.swift" >"$repository/Package.swift"
    expect "$3" 1 "^Package.swift:1: $3" "$repository/.ci/check"
    cp "$here/../../Package.swift" "$repository/Package.swift"
}
depends NetClient Feeds 'NetClient may not depend on Feeds'
depends NetClient Storage 'NetClient may not depend on Storage'
depends SinkService ProducerService 'SinkService may not depend on ProducerService'

accepts 'a reason makes it right' Sources/Feeds/A.swift 'let x = try! f()  // cannot fail: the pattern is a literal'
accepts 'what the table allows is allowed' Sources/NetClient/A.swift 'internal import CCurl\ninternal import CryptoCore\nimport Glibc\ninternal import System'
accepts 'flags and metrics that README.md names' Sources/sink/main.swift \
    'Flag.text("brokers")\nmetrics.counter("cryptostream_sink_\\(what)_total")'

# in_readme TEXT CONTENT: a source that says so makes README.md wrong.
in_readme() {
    mkdir -p "$repository/Sources/sink"
    printf '%b\n' "$2" >"$repository/Sources/sink/main.swift"
    expect "$1" 1 "^README.md:1: $1" "$repository/.ci/check"
    rm -r "$repository/Sources"
}
in_readme 'the flag --broker is not named' 'Flag.text(\n  "broker")'
in_readme 'the metric cryptostream_<service>_rows_lost_total is not named' 'context.counter(\n"rows_lost", "Rows")'
in_readme 'the metric cryptostream_<service>_rows is not named' 'gauge("rows", "Rows")'
in_readme 'the metric cryptostream_sink_rows is not named' 'metrics.gauge("cryptostream_sink_rows")'
