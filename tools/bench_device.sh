#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/bench_device.sh BUILD -- how long a user waits: from the touch to the
# signed result, app, soterd and TEE as processes.

set -eu
. "$(dirname "$0")/common.sh"

tee_build=$PWD/$1
. tools/tee_host.sh
. tools/device_host.sh
work=$(mktemp -d "$PWD/build/bench-device.XXXXXX")
chmod 755 "$work"
trap 'device_stop "$work/device"; rm -rf "$work"' EXIT
soter=$tee_build/src/cli/soter

mkdir "$work/device"
device_start "$work/device"
"$soter" tee provision >/dev/null
"$soter" sim pin --new 2580 >/dev/null
"$soter" sim enrol thumb --pin 2580 >/dev/null
"$tee_build/bench/device" "$work/status"
