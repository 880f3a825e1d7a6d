# What quickstart and test share: messages, Debian packages, the Python of the tests. Sourced, not run.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cryptostream

say() { printf '==> %s\n' "$*" >&2; }
die() {
    printf 'deploy: %s\n' "$@" >&2
    exit 1
}

# Debian packages, all of them named here and nowhere else.
packages_build=(
    gcc libc6-dev libstdc++-12-dev binutils git pkg-config tzdata # what the Swift compiler leans on
    librdkafka-dev libmongoc-dev libcurl4-openssl-dev libwebsockets-dev libmicrohttpd-dev libsqlite3-dev zlib1g-dev
    libzip-dev libjemalloc-dev libssl-dev
)
packages_swift=(
    curl ca-certificates gnupg                                          # to fetch and check it
    binutils-gold libedit-dev libncurses-dev libpython3-dev libxml2-dev libz3-dev uuid-dev zlib1g-dev # swift.org's list
)
packages_page=(python3 python3-venv libjs-chart.js) # what fetches the page's libraries, and one of them
packages_test=(python3 python3-venv gzip kcat sqlite3 gnupg curl prometheus-alertmanager)
packages_browser=(chromium fonts-inter)
packages_java=(openjdk-17-jre-headless)
packages_servers=("${packages_java[@]}" xz-utils nodejs)

# Whether a package is there; a program that came another way than by apt will do as well.
is_installed() {
    case $1 in
    gcc | git | curl | gzip | kcat | sqlite3 | python3 | pkg-config) command -v "$1" >/dev/null ;;
    gnupg) command -v gpg >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    xz-utils) command -v xz >/dev/null ;;
    openjdk-*) command -v java >/dev/null ;;
    binutils-gold) command -v ld.gold >/dev/null ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    *) [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]] ;;
    esac
}

# Installs those of the named packages that are missing. Apt is touched only when one is.
need_packages() {
    local package missing=() become=()
    for package in "$@"; do is_installed "$package" || missing+=("$package"); done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "these Debian packages are missing, and there is no apt-get: ${missing[*]}"
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null ||
            die "these Debian packages are missing: ${missing[*]}" \
                "install them as root (there is no sudo): apt-get install ${missing[*]}"
        become=(sudo)
    fi
    say "installing ${missing[*]}"
    "${become[@]}" apt-get -q update >&2 || die "apt-get update failed; missing are: ${missing[*]}"
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >&2 ||
        die "apt-get could not install: ${missing[*]}"
}

# A Python with Tests/requirements.txt. Sets CRYPTO_PYTHON, and CRYPTO_KAFKA_PYTHON_2: the folder of an older kafka-python, which
# cannot lie beside the newer one.
need_python() {
    need_venv venv requirements.txt pandas, talib, sklearn, jsonschema, yaml, pymongo, kafka, aiokafka, confluent_kafka
    export CRYPTO_PYTHON=$root/.build/venv/bin/python
    export CRYPTO_KAFKA_PYTHON_2=$root/.build/kafka-python-2.3.0
    [[ -d $CRYPTO_KAFKA_PYTHON_2/kafka ]] && return
    "$CRYPTO_PYTHON" -m pip install -q --disable-pip-version-check --no-deps --target "$CRYPTO_KAFKA_PYTHON_2" \
        kafka-python==2.3.0 >&2 || die "pip could not install kafka-python 2.3.0: is PyPI within reach?"
}

# A Python that drives a browser, and that browser. Sets CRYPTO_PAGE_PYTHON.
need_browser() {
    need_packages "${packages_browser[@]}"
    need_venv venv-page requirements-page.txt playwright, axe_core_python
    export CRYPTO_PAGE_PYTHON=$root/.build/venv-page/bin/python
}

# A Python with Streamlit, and a browser. Sets CRYPTO_DASHBOARD_PYTHON.
need_dashboard() {
    need_packages "${packages_browser[@]}"
    need_venv venv-dashboard requirements-dashboard.txt streamlit, playwright, websockets, pymongo
    export CRYPTO_DASHBOARD_PYTHON=$root/.build/venv-dashboard/bin/python
}

# A Python with pyspark, half a gigabyte. Sets CRYPTO_SPARK_PYTHON.
need_spark() {
    need_venv venv-spark requirements-spark.txt pyspark
    export CRYPTO_SPARK_PYTHON=$root/.build/venv-spark/bin/python
}

# A Python with what forests are held against. Sets CRYPTO_MODEL_PYTHON.
need_model() {
    need_venv venv-model requirements-model.txt sklearn, onnxruntime, skl2onnx, lightgbm, tl2cgen, treelite
    export CRYPTO_MODEL_PYTHON=$root/.build/venv-model/bin/python
}

# A Python with the clients of the inference service. Sets CRYPTO_CLIENTS_PYTHON.
need_clients() {
    need_venv venv-clients requirements-clients.txt tritonclient.http, schemathesis
    export CRYPTO_CLIENTS_PYTHON=$root/.build/venv-clients/bin/python
}

# A virtual environment .build/$1 with Tests/$2; made once, and again when that file changes or the modules in the rest of the
# line cannot be imported.
need_venv() {
    local venv=$root/.build/$1 wanted=$root/Tests/$2
    shift 2
    cmp -s "$wanted" "$venv/requirements.txt" && "$venv/bin/python" -c "import $*" 2>/dev/null && return
    say "making $venv with ${wanted#"$root/"}"
    mkdir -p "$root/.build"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$wanted" >&2 ||
        die "pip could not install ${wanted#"$root/"}: is PyPI within reach?"
    cp "$wanted" "$venv/requirements.txt"
}
