#!/bin/sh
# Makes .venv ready to run, test and check Ritrova. Takes no time when nothing changed.
#
#   PYTHON=python3.13 tools/setup.sh     with another interpreter than python3 (3.11 or newer)
#
# Needs from the system: a C++ compiler and Python's headers (hnswlib comes as source only), Python's venv module,
# and the libraries that Qt loads. Where apt-get is and we are root they are installed; else one line says what to do.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/ritrova-setup
portable=$venv/ritrova-hnswlib-is-portable

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# What the environment is made from; its place too, for a moved environment does not work.
fingerprint() {
    { pwd; "$venv/bin/python" -VV; cat pyproject.toml tools/setup.sh; } | cksum
}

# False for an environment that does not start, or of another interpreter than the one asked for.
usable() {
    there=$(version_of "$venv/bin/python") && { [ -z "${PYTHON:-}" ] || [ "$there" = "$(version_of "$PYTHON")" ]; }
}

ready() {
    usable && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]
}

missing_to_build() {
    debian_python=python$(version_of "$python")
    has g++ || has c++ || has clang++ || echo g++
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "$debian_python-venv"
    headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    [ -f "$headers/Python.h" ] || echo "$debian_python-dev"
}

missing_for_qt() {
    ldconfig=$(PATH=$PATH:/sbin:/usr/sbin command -v ldconfig) || return 0 # not a Linux with glibc
    known=$("$ldconfig" -p)
    while read -r package library; do
        case "$known" in *"$library"*) ;; *) echo "$package" ;; esac
    done <<'EOF'
libegl1 libEGL.so.1
libgl1 libGL.so.1
libglib2.0-0 libglib-2.0.so.0
libdbus-1-3 libdbus-1.so.3
libfontconfig1 libfontconfig.so.1
libxkbcommon0 libxkbcommon.so.0
libxkbcommon-x11-0 libxkbcommon-x11.so.0
libxcb-cursor0 libxcb-cursor.so.0
libxcb-icccm4 libxcb-icccm.so.4
libxcb-image0 libxcb-image.so.0
libxcb-keysyms1 libxcb-keysyms.so.1
libxcb-render-util0 libxcb-render-util.so.0
libxcb-shape0 libxcb-shape.so.0
libxcb-xkb1 libxcb-xkb.so.1
EOF
}

# Letters, and a screen that one test draws on.
missing_for_tests() {
    [ -n "$(find /usr/share/fonts -name '*.[ot]tf' 2>/dev/null | head -n 1)" ] || echo fonts-dejavu-core
    has Xvfb || echo xvfb
}

apt_install() {
    say "installing" "$@"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# shellcheck disable=SC2086 # lists of names are split on purpose
install_system_packages() {
    to_build=$(missing_to_build | tr '\n' ' ')
    for_qt=$(missing_for_qt | tr '\n' ' ')
    for_tests=
    ! has apt-get || [ "$(id -u)" -ne 0 ] || for_tests=$(missing_for_tests | tr '\n' ' ')
    [ -n "$to_build$for_qt$for_tests" ] || return 0
    if has apt-get && [ "$(id -u)" -eq 0 ]; then
        apt-get update -qq >/dev/null || say "apt-get update failed; going on with the lists that are here"
        [ -z "$to_build" ] || apt_install $to_build
        [ -z "$for_qt" ] || apt_install $for_qt || say "the window may not start without these: $for_qt"
        [ -z "$for_tests" ] || apt_install $for_tests || say "tests that need these are left out: $for_tests"
    elif [ -n "$to_build" ]; then
        fail "first install (sudo apt-get install, or what your system calls them): $to_build$for_qt"
    else
        say "the window will need (sudo apt-get install, or what your system calls them): $for_qt"
    fi
}

install_python_packages() {
    # hnswlib's default is code for this very processor, which dies on another one. A wheel that an earlier
    # build left in pip's cache may be of that kind, so ours is built without the cache.
    export HNSWLIB_NO_NATIVE=1
    if [ ! -f "$portable" ]; then
        "$venv/bin/python" -m pip install -q --no-deps --force-reinstall --no-cache-dir --no-binary hnswlib hnswlib
        : >"$portable"
    fi
    "$venv/bin/python" -m pip install -q -e '.[test]'
}

if ready; then exit 0; fi

python=${PYTHON:-python3}
has "$python" || fail "Python 3.11 or newer is needed, and there is no '$python'. Name one: PYTHON=... make"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, and '$python' is $(version_of "$python"). Name another: PYTHON=... make"

install_system_packages
if ! usable; then
    say "making $venv with $("$python" -V)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
say "installing Python packages into $venv (PyTorch is large; the first time takes some minutes)"
install_python_packages
fingerprint >"$stamp"
