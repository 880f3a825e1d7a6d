#!/usr/bin/env bash
# Missing Debian packages are installed by whoever may, and named where nobody may.
# shellcheck disable=SC2016
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib/common.sh
source "$here/../../deploy/lib/common.sh"
# shellcheck source=Tests/deploy/support/expect.sh
source "$here/support/expect.sh"

# Commands that say what they were called with.
make_stub() { # NAME SCRIPT
    printf '#!/bin/bash\n%s\n' "$2" >"$test_dir/bin/$1"
    chmod +x "$test_dir/bin/$1"
}
mkdir "$test_dir/bin"
ln -s "$(command -v env)" "$test_dir/bin/env"
make_stub dpkg-query 'if [[ ${@: -1} == here-dev ]]; then echo -n installed; else exit 1; fi'
make_stub id 'echo 0'
try() {
    PATH=$test_dir/bin
    need_packages "$@"
}

expect "nothing to do without apt when all are there" 0 '' try here-dev
expect "no apt-get: the missing are named" 1 'missing, and there is no apt-get: gone-dev other-dev$' try here-dev gone-dev other-dev

make_stub apt-get 'echo "apt-get $* as ${AS:-root}, $DEBIAN_FRONTEND"'
expect "root installs what is missing" 0 'apt-get -q install -y --no-install-recommends gone-dev as root, noninteractive' \
    try here-dev gone-dev

make_stub id 'echo 1000'
expect "no root and no sudo: the command is named" 1 'as root .*: apt-get install gone-dev$' try gone-dev
make_stub sudo 'AS=sudo "$@"'
expect "with sudo it is used" 0 'install .* gone-dev as sudo, noninteractive' try gone-dev

make_stub apt-get 'exit 100'
expect "apt-get fails: the missing are named" 1 'missing are: gone-dev' try gone-dev
