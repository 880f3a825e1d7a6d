# Finds Swift, or fetches and checks the pinned release. Sourced after common.sh.
# shellcheck shell=bash disable=SC2154

swift_series=6.3
swift_release=6.3.1
# "Swift 6.x Release Signing Key <swift-infrastructure@forums.swift.org>"
swift_signer=52BB7E3DE28A71BE22EC05FFEF80A866B47A981F
swift_keys_url=https://www.swift.org/keys/all-keys.asc

swift_install() { printf '%s' "$cache/swift-$swift_release"; }

is_right_swift() { [[ $("$1" --version 2>/dev/null) =~ Swift\ version\ ${swift_series//./\\.}[.\ -] ]]; }

# Puts a Swift of the right series in PATH: the one that is there, else one installed by us before, else, if the first
# argument is yes, one that is installed now.
need_swift() {
    if command -v swift >/dev/null && is_right_swift swift; then return; fi
    local installed
    installed=$(swift_install)/usr/bin
    if ! is_right_swift "$installed/swift"; then
        [[ $1 == yes ]] || die \
            "Swift $swift_series is needed, and $(if command -v swift >/dev/null; then
                echo "$(command -v swift) is another: $(swift --version 2>/dev/null | head -1)"
            else echo "there is no swift in PATH."; fi)" \
            "Run this again with --install-swift: it fetches swift-$swift_release-RELEASE for Debian 12 from swift.org, checks" \
            "its signature and unpacks it to $(swift_install)." \
            "Or install that release by hand: https://www.swift.org/install/linux/"
        install_swift
    fi
    export PATH=$installed:$PATH
}

# Fetches the release and its signature, checks it, unpacks it.
#
# CRYPTO_SWIFT_URL: a mirror, in place of https://download.swift.org (file:// will do).
# CRYPTO_SWIFT_KEYS: URL of the keys that may have signed it, in place of Swift's own; any key in that file is trusted then.
install_swift() {
    local arch='' name folder url target
    case $(uname -m) in
    x86_64) ;;
    aarch64) arch=-aarch64 ;;
    *) die "swift.org has no Swift for $(uname -m) on Debian 12" ;;
    esac
    need_packages "${packages_swift[@]}"
    target=$(swift_install)
    mkdir -p "$cache"
    folder=$(mktemp -d "$cache/swift.XXXXXX")
    name=swift-$swift_release-RELEASE
    url=${CRYPTO_SWIFT_URL:-https://download.swift.org}/swift-$swift_release-release/debian12$arch/$name/$name-debian12$arch.tar.gz
    say "fetching $url"
    (
        trap 'rm -rf "$folder"' EXIT
        fetch "$url" "$folder/swift.tar.gz"
        fetch "$url.sig" "$folder/swift.tar.gz.sig"
        fetch "${CRYPTO_SWIFT_KEYS:-$swift_keys_url}" "$folder/keys.asc"
        check_signature "$folder"
        mkdir "$folder/unpacked"
        tar -xzf "$folder/swift.tar.gz" -C "$folder/unpacked" --strip-components 1
        is_right_swift "$folder/unpacked/usr/bin/swift" || die "what was unpacked is no Swift $swift_series that runs here"
        rm -rf "$target"
        mv "$folder/unpacked" "$target"
    )
    say "installed $target"
}

fetch() { curl -fsSL --retry 3 -o "$2" "$1" || die "could not fetch $1"; }

# Dies unless a trusted key signed $1/swift.tar.gz.
check_signature() {
    local home=$1/gnupg status
    mkdir -m 700 "$home"
    gpg --homedir "$home" --batch --quiet --import "$1/keys.asc" 2>"$1/gpg.log" || die "no keys: $(tail -1 "$1/gpg.log")"
    # An expired key is no obstacle (VALIDSIG comes with it too): the signature is as old as the release.
    status=$(gpg --homedir "$home" --batch --status-fd 1 --verify "$1/swift.tar.gz.sig" "$1/swift.tar.gz" 2>"$1/gpg.log") || true
    gpgconf --homedir "$home" --kill all 2>/dev/null || true
    if grep -q '^\[GNUPG:\] \(BADSIG\|ERRSIG\|REVKEYSIG\|NODATA\) ' <<<"$status" ||
        ! grep -q '^\[GNUPG:\] VALIDSIG ' <<<"$status"; then
        die "the signature of Swift's archive is not good: $(tail -1 "$1/gpg.log")"
    fi
    # The last field of VALIDSIG is the fingerprint of the primary key.
    if [[ -z ${CRYPTO_SWIFT_KEYS:-} ]] && ! grep -q "^\[GNUPG:\] VALIDSIG .* $swift_signer\$" <<<"$status"; then
        die "Swift's archive is signed by another key than $swift_signer"
    fi
}
