#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/setup.sh build|check -- install the Debian packages that building (or
# building and every test) needs, if some are missing.  Prints one line.

set -u
. "$(dirname "$0")/common.sh"

packages='gcc libc6-dev meson ninja-build pkgconf libssl-dev libjansson-dev
    libtss2-dev libseccomp-dev libmd-dev libcurl4-openssl-dev node-llhttp
    libsqlite3-dev liblmdb-dev libpq-dev libgmp-dev
    scdoc'
if [ "${1:-check}" = check ]; then
	packages+=' g++ git openssl clang clang-format libclang-rt-14-dev llvm
	    valgrind gcovr shellcheck swtpm postgresql-15 procps strace
	    gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-dev-arm64-cross
	    libc6-dev-armhf-cross'
fi

if ! command -v dpkg-query >/dev/null; then
	echo "setup: not a Debian system; this needs:" $packages
	exit 0
fi

missing=
for package in $packages; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" \
	    2>/dev/null)" = installed ] || missing+=" $package"
done
if [ -z "$missing" ]; then
	echo "setup: all Debian packages are there"
	exit 0
fi

become=
if [ "$(id -u)" -ne 0 ]; then
	become=sudo
	if ! command -v sudo >/dev/null; then
		echo "setup: as root, run: apt-get install$missing"
		exit 1
	fi
fi

echo "setup: installing$missing"
mkdir -p build
install_missing()
{
	$become apt-get -q update
	$become env DEBIAN_FRONTEND=noninteractive \
	    apt-get -q -y --no-install-recommends install $missing
}
if ! install_missing >build/setup.log 2>&1; then
	tail -n 20 build/setup.log
	echo "setup: apt-get failed (build/setup.log); it should have" \
	    "installed:$missing"
	exit 1
fi
