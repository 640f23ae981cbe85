# What the set-up scripts share: plain messages, and installing Debian packages where that is allowed. Sourced, not run.

say() { printf '%s\n' "$*"; }
fail() {
    printf 'make: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND…: run it as root, or fail where this account may not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# install_packages NAME…: quietly; what goes wrong is shown. A freshly installed server is not to start by itself.
install_packages() {
    local log policy=/usr/sbin/policy-rc.d ours='' done=0
    log=$(mktemp)
    say "installing system packages: $*"
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        ours=yes
    fi
    as_root apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 </dev/null || true
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -q -y --no-install-recommends -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 install "$@" \
        >>"$log" 2>&1 </dev/null || done=$?
    [ -z "$ours" ] || as_root rm -f "$policy"
    [ "$done" -eq 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return "$done"
}
