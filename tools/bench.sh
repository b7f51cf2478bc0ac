#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/bench.sh -- how fast this machine is, in an optimised build.

set -eu
. "$(dirname "$0")/common.sh"
. tools/tee_host.sh

tools/setup.sh build
mkdir -p build
{
	CC=gcc configure bench -Dbuildtype=release -Dwerror=false \
		-Db_lto=true &&
	    meson compile -C build/bench &&
	    CC=gcc configure bench1 -Dbuildtype=release -Dwerror=false \
		-Db_lto=true -Dta_counter_block=1 &&
	    meson compile -C build/bench1 soter-teed "$tee_soter" \
		"$tee_biometric"
} >build/bench.log 2>&1 || {
	tail -n 40 build/bench.log
	exit 1
}
echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
    "$(nproc) cores"
echo "build: $(gcc --version | head -n 1), release with LTO," \
    "$(pkg-config --modversion libcrypto | sed 's/^/OpenSSL /')"
for source in bench/*.c; do
	name=$(basename "$source" .c)
	case $name in
	tee|device) continue ;; # below, with what they need
	esac
	echo
	echo "bench/$name"
	"build/bench/bench/$name"
done
echo
echo "bench/tee"
tools/bench_tee.sh build/bench build/bench1
echo
echo "bench/device"
tools/bench_device.sh build/bench
echo
echo "bench/tam"
python3 bench/tam.py build/bench --devices 100000 --pg 100000
