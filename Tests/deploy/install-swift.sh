#!/usr/bin/env bash
# --install-swift takes a release that a trusted key has signed, and no other; it touches neither network nor machine.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib/common.sh
source "$here/../../deploy/lib/common.sh"
# shellcheck source=deploy/lib/swift.sh
source "$here/../../deploy/lib/swift.sh"
# shellcheck source=Tests/deploy/support/expect.sh
source "$here/support/expect.sh"

need_packages() { :; }
cache=$test_dir/cache

# A mirror with an "archive" that holds a swift which only knows its version.
arch=$([[ $(uname -m) == aarch64 ]] && echo -aarch64 || true)
folder=$test_dir/mirror/swift-$swift_release-release/debian12$arch/swift-$swift_release-RELEASE
archive=$folder/swift-$swift_release-RELEASE-debian12$arch.tar.gz
make_archive() { # VERSION
    mkdir -p "$folder" "$test_dir/tree/usr/bin"
    printf '#!/bin/sh\necho "Swift version %s (swift-RELEASE)"\n' "$1" >"$test_dir/tree/usr/bin/swift"
    chmod +x "$test_dir/tree/usr/bin/swift"
    tar -czf "$archive" -C "$test_dir" tree
}

# Throw-away keys: one that is given as trusted, and a stranger's.
export GNUPGHOME=$test_dir/gnupg
mkdir -m 700 "$GNUPGHOME"
trap 'gpgconf --kill all; rm -rf "$test_dir"' EXIT
make_key() { gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key "$1" ed25519 sign never; }
make_key trusted@example.org 2>/dev/null
make_key stranger@example.org 2>/dev/null
gpg --batch --armor --export trusted@example.org >"$test_dir/keys.asc"
sign() { gpg --batch --quiet --yes --local-user "$1" --output "$archive.sig" --detach-sign "$archive"; }

export CRYPTO_SWIFT_URL=file://$test_dir/mirror CRYPTO_SWIFT_KEYS=file://$test_dir/keys.asc

# A PATH with everything but a swift.
mkdir "$test_dir/bin"
for tool in bash uname mktemp mkdir curl gpg gpgconf gpg-agent tar gzip grep tail head rm mv cat sh; do
    [[ ! -x $(command -v $tool) ]] || ln -s "$(command -v $tool)" "$test_dir/bin/$tool"
done
try() { # yes|no
    PATH=$test_dir/bin
    need_swift "$1"
    swift --version
}
nothing_installed() { [[ ! -e $(swift_install) && -z $(ls -A "$cache" 2>/dev/null) ]] || { echo "something was left behind"; exit 1; }; }

make_archive "$swift_release"
sign trusted@example.org
expect "without swift and flag the release to install is named" 1 "swift-$swift_release-RELEASE for Debian 12" try no

sign stranger@example.org
expect "a stranger's signature is refused" 1 "signature of Swift's archive is not good" try yes
nothing_installed

sign trusted@example.org
printf 'x' >>"$archive"
expect "a tampered archive is refused" 1 "signature of Swift's archive is not good.*BAD|BAD signature" try yes
nothing_installed

make_archive "$swift_release"
mv "$archive.sig" "$test_dir/kept.sig"
expect "an archive without signature is refused" 1 "could not fetch .*\.sig" try yes
printf 'rubbish' >"$archive.sig"
expect "rubbish for a signature is refused" 1 "signature of Swift's archive is not good" try yes
nothing_installed

sign trusted@example.org
printf 'rubbish' >"$test_dir/rubbish.asc"
CRYPTO_SWIFT_KEYS=file://$test_dir/rubbish.asc expect "rubbish for keys is refused" 1 "no keys" try yes

# With Swift's own keys only Swift's own fingerprint will do, whatever else is in that file.
swift_keys_url=file://$test_dir/keys.asc
CRYPTO_SWIFT_KEYS='' expect "another key than Swift's is refused" 1 "signed by another key" try yes
nothing_installed

make_archive 5.10.1
sign trusted@example.org
expect "another Swift in a well signed archive is refused" 1 "no Swift $swift_series" try yes
nothing_installed

make_archive "$swift_release"
sign trusted@example.org
expect "a well signed archive is installed and used" 0 "^Swift version $swift_release" try yes
CRYPTO_SWIFT_URL=file:///nowhere expect "the second time it is only used" 0 "^Swift version $swift_release" try no

# A swift in PATH goes before the installed one if it is of the series, and is passed over if not.
printf '#!/bin/sh\necho "Swift version 5.10.1 (swift-5.10.1-RELEASE)"\n' >"$test_dir/bin/swift"
chmod +x "$test_dir/bin/swift"
expect "an older swift in PATH is passed over" 0 "^Swift version $swift_release" try no
rm -rf "$(swift_install)"
expect "an older swift in PATH is named" 1 "is another: Swift version 5.10.1" try no
