#!/usr/bin/env bash
# Install the real servers and tools that the tests talk to; what cannot be installed is named, with the remedy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/setup/system.sh
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

has() { command -v "$1" >/dev/null; }
has_postgres() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
has_node() { has npm && has node && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)'; }

# packages of the peers that are not here yet, into the list `wanted`
list_wanted() {
    wanted=()
    has sshd || wanted+=(openssh-server)
    { has ssh && has ssh-keygen; } || wanted+=(openssh-client)
    has dovecot || wanted+=(dovecot-imapd)
    has openssl || wanted+=(openssl)
    has_postgres || wanted+=(postgresql)
    has strace || wanted+=(strace)
    has bwrap || wanted+=(bubblewrap)
    has_node || wanted+=(nodejs npm)
}

list_wanted
if [ ${#wanted[@]} -gt 0 ] && may_install; then
    install_packages "${wanted[@]}" || true # what is still missing is named below
    list_wanted
fi
if [ ${#wanted[@]} -gt 0 ]; then
    say "NOT INSTALLED, so the tests that need them will name a real peer that was not exercised: ${wanted[*]}"
    say "  why: this account is neither root nor allowed passwordless sudo, or apt-get failed (see above)"
    say "  remedy: sudo apt-get install --no-install-recommends ${wanted[*]}"
fi

fhir=tests/peers/fhir
if [ -f $fhir/package-lock.json ] && has_node && [ ! $fhir/node_modules/.package-lock.json -nt $fhir/package-lock.json ]; then
    say "installing the FHIR server that the tests talk to (npm ci in $fhir)"
    # no package's own script is run
    npm ci --prefix $fhir --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null ||
        say "NOT INSTALLED: the FHIR server; npm ci in $fhir failed (see above)"
fi
