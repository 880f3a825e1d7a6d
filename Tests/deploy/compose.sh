#!/usr/bin/env bash
# .env.example says what docker-compose.yml takes from the environment, every setting with the default that counts.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=Tests/deploy/support/expect.sh
source "$root/Tests/deploy/support/expect.sh"

# NAME=DEFAULT, a line each, of what a compose file takes; of what an example of .env sets.
taken() { grep -v '^ *#' "$1" | grep -oE '\$\{[A-Z0-9_]+:-[^}]*\}' | sed -E 's/^\$\{([A-Z0-9_]+):-(.*)\}$/\1=\2/' | sort -u; }
offered() { grep -E '^[A-Z0-9_]+=' "$1" | sort; }
same() { diff <(taken "$1") <(offered "$2"); }

expect ".env.example has every setting with its default" 0 '' same "$root/docker-compose.yml" "$root/.env.example"

# What these flags mean depends on the program: no variable of .env may bear their name.
for name in CRYPTO_FROM CRYPTO_GROUP CRYPTO_MODELS CRYPTO_HTTP; do
    expect "no service takes $name from .env" 1 '' grep -q "\${$name\b" "$root/docker-compose.yml"
done

# The comparison finds what it is there to find.
printf 'a: ${A:-1}\nb: ${B:--x y}\nc: ${C:-}\n' >"$test_dir/compose.yml"
try() {
    printf '%b' "$1" >"$test_dir/example"
    same "$test_dir/compose.yml" "$test_dir/example"
}
expect "all there" 0 '' try '# why\nA=1\nB=-x y\nC=\n'
expect "one is missing" 1 '< B=-x y' try 'A=1\nC=\n'
expect "another default" 1 '> A=2' try 'A=2\nB=-x y\nC=\n'
expect "one that nobody takes" 1 '> D=1' try 'A=1\nB=-x y\nC=\nD=1\n'
