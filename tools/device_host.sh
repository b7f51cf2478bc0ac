# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# tools/device_host.sh -- a soterd of our own beside a soter-teed, in a folder.
# Sourced behind tools/tee_host.sh.
#
#	device_start FOLDER	both, until they answer; exports SOTER_TEE_SOCKET
#				and SOTER_SOCKET.  The folder may hold another
#				life of them.
#	device_stop FOLDER	and waits for their end
#
# Started as root, soterd becomes the user $device_user.

device_user=${device_user:-64102}

device_start()
{
	local folder i service=service group=() user=()
	folder=$(realpath "$1")

	if [ "$(id -u)" -eq 0 ]; then
		service=service=$device_user
		group=(--group "$device_user")
		user=(--user "$device_user")
	fi
	[ -d "$folder/tas" ] || tee_make "$folder" "$service" factory enroller
	tee_start "$folder" "${group[@]}" || return 1
	export SOTER_SOCKET=$folder/soterd/soterd.sock
	: >>"$folder/soterd.log"
	"${tee_build:?}/src/device/soterd/soterd" --socket "$SOTER_SOCKET" \
	    --fingerprint-type 2 "${user[@]}" >>"$folder/soterd.log" 2>&1 &
	echo $! >"$folder/soterd.pid"
	for ((i = 0; i < 600; i++)); do
		grep -q "ready at" "$folder/soterd.log" && return 0
		kill -0 "$(cat "$folder/soterd.pid")" 2>/dev/null || break
		sleep 0.05
	done
	echo "soterd did not start:" >&2
	tail -n 20 "$folder/soterd.log" >&2
	return 1
}

device_stop()
{
	local pid

	if pid=$(cat "$1/soterd.pid" 2>/dev/null); then
		rm -f "$1/soterd.pid"
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	fi
	tee_stop "$1"
}
