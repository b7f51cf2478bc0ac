# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# tools/tee_host.sh -- a soter-teed of our own, in a folder.  Sourced, not run,
# by tests, demo and bench; the folder of the build is in $tee_build.
#
#	tee_make FOLDER ROLE...	trusted applications and what their callers are:
#				service, factory, enroller (the user who runs
#				this; ROLE=UID names another), own (development:
#				any user for itself)
#	tee_start FOLDER OPTION...	until it answers; exports SOTER_TEE_SOCKET
#	tee_stop FOLDER		and waits for its end
#	tee_pids FOLDER		its processes
#	tee_kill_ta FOLDER	SIGKILL to the process of each TA
#	tee_swtpm FOLDER	a TPM 2.0 of our own; $tee_tpm are the options of
#				tee_start that use it; tee_swtpm_stop FOLDER
#
# Started as root it becomes the user $tee_user.

tee_user=${tee_user:-64101}
tee_run=() # a command that runs it

tee_soter=cc0b2bae-3923-49ff-aafb-2e353ffef804
tee_biometric=6d209395-ab63-400e-982b-abdf62b483b2

tee_make()
{
	local folder=$1 role conf
	shift

	mkdir -p "$folder/tas"
	conf=$(
		echo 'gpd.ta.singleInstance bool true'
		echo 'gpd.ta.multiSession bool true'
		echo 'gpd.ta.instanceKeepAlive bool true'
		for role in "$@"; do
			if [ "$role" = own ]; then
				echo 'soter.development bool true'
			elif [[ $role == *=* ]]; then
				echo "soter.role.${role%=*} identity user:${role#*=}"
			else
				echo "soter.role.$role identity user:$(id -u)"
			fi
		done
	)
	echo "$conf" >"$folder/tas/$tee_soter.conf"
	printf '%s\nsoter.sensor string sim\n' "$conf" \
	    >"$folder/tas/$tee_biometric.conf"
	cp "${tee_build:?}/src/ta/soter/$tee_soter.so" \
	    "$tee_build/src/ta/biometric/$tee_biometric.so" "$folder/tas"
	chmod -R go-w "$folder/tas"
}

tee_start()
{
	local folder as=() i
	folder=$(realpath "$1")
	shift

	[ "$(id -u)" -ne 0 ] || as=(--user "$tee_user")
	export SOTER_TEE_SOCKET=$folder/socket
	: >>"$folder/log"
	"${tee_run[@]}" "${tee_build:?}/src/teehost/soter-teed" --foreground \
	    --socket "$folder/socket" --state "$folder/state" \
	    --tas "$folder/tas" "${as[@]}" "$@" >>"$folder/log" 2>&1 &
	echo $! >"$folder/pid"
	for ((i = 0; i < 600; i++)); do
		grep -q "ready at" "$folder/log" &&
		    [ -S "$folder/socket" ] && return 0
		kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
		sleep 0.05
	done
	echo "soter-teed did not start:" >&2
	tail -n 20 "$folder/log" >&2
	return 1
}

tee_stop()
{
	local pid
	pid=$(cat "$1/pid" 2>/dev/null) || return 0

	rm -f "$1/pid"
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	mv -f "$1/log" "$1/log.last" 2>/dev/null
	:
}

# The manager and everything below it.
tee_pids()
{
	local all pid next
	all=$(cat "$1/pid")
	next=$all

	while [ -n "$next" ]; do
		next=$(for pid in $next; do
			cat /proc/"$pid"/task/*/children 2>/dev/null
		done)
		all="$all $next"
	done
	echo "$all"
}

# Those of the trusted applications among them.
tee_ta_pids()
{
	local pid

	for pid in $(tee_pids "$1"); do
		[ "$(tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null |
		    head -n 1)" = soter-ta ] && echo "$pid"
	done
	:
}

tee_kill_ta()
{
	local pid pids
	pids=$(tee_ta_pids "$1")

	[ -n "$pids" ] || return 1
	# shellcheck disable=SC2086	# several
	kill -KILL $pids || return 1
	for pid in $pids; do
		while [ -e "/proc/$pid" ]; do
			sleep 0.02
		done
	done
}

tee_swtpm()
{
	local folder i
	folder=$(realpath "$1")

	mkdir -p "$folder/tpm.state"
	swtpm socket --tpm2 --tpmstate "dir=$folder/tpm.state" \
	    --server "type=unixio,path=$folder/tpm" \
	    --ctrl "type=unixio,path=$folder/tpm.ctrl" \
	    --flags not-need-init,startup-clear >/dev/null 2>&1 &
	echo $! >"$folder/tpm.pid"
	for ((i = 0; i < 200; i++)); do
		[ -S "$folder/tpm" ] && [ -S "$folder/tpm.ctrl" ] && break
		sleep 0.05
	done
	# The user that soter-teed becomes has to reach it.
	chmod 666 "$folder/tpm" "$folder/tpm.ctrl"
	# shellcheck disable=SC2034	# for the scripts that source this
	tee_tpm=(--sealer tpm --anchor tpm --tcti "swtpm:path=$folder/tpm")
}

tee_swtpm_stop()
{
	local pid
	pid=$(cat "$1/tpm.pid" 2>/dev/null) || return 0

	rm -f "$1/tpm.pid"
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	:
}
