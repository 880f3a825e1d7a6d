# Real servers for the integration tests, from the scripts in $CRYPTO_SHARED/services. Sourced after common.sh.
#
# Everything runs on 127.0.0.1 and keeps its data in $work, which the caller makes; `stop_servers` ends what was started here.
# shellcheck shell=bash disable=SC2154

server_pids=()

# Sets KAFKA_BOOTSTRAP (and KAFKA_HOME where it is known) unless the environment has it. False when there is no Kafka.
start_kafka() {
    [[ -z ${KAFKA_BOOTSTRAP:-} ]] || return 0
    local script=${CRYPTO_SHARED:-}/services/start-kafka
    [[ -x $script ]] || return 1
    say "starting Apache Kafka"
    run_server "$script" kafka
    local -a nodes
    IFS=, read -ra nodes <<<"${server_output[KAFKA_PIDS]}"
    server_pids+=("${nodes[@]}")
    export KAFKA_BOOTSTRAP=${server_output[BOOTSTRAP]} KAFKA_HOME=${server_output[KAFKA_HOME]}
}

# Sets MONGODB_URI unless the environment has it. False when there is no FerretDB.
start_mongodb() {
    [[ -z ${MONGODB_URI:-} ]] || return 0
    local script=${CRYPTO_SHARED:-}/services/start-ferretdb
    [[ -x $script && $(uname -m) == x86_64 ]] || return 1
    say "starting FerretDB"
    run_server "$script" mongodb
    server_pids+=("${server_output[FERRETDB_PID]}" "${server_output[POSTGRES_PID]}")
    export MONGODB_URI=${server_output[MONGODB_URI]}
}

# Runs a start script; what it printed (NAME=value lines) is in server_output.
run_server() {
    local name value
    declare -gA server_output=()
    "$1" "$work/$2" >"$work/$2.env" 2>"$work/$2.err" || die "$1 failed: $(tail -5 "$work/$2.err")"
    while IFS='=' read -r name value; do server_output[$name]=$value; done <"$work/$2.env"
}

# Asks our servers to stop, and makes them after ten seconds.
stop_servers() {
    local pid tries
    for pid in "${server_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${server_pids[@]}"; do
        for ((tries = 0; tries < 100; tries++)); do
            kill -0 "$pid" 2>/dev/null || continue 2
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
    server_pids=()
}
