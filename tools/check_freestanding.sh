#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_freestanding.sh -- both trusted applications, compiled for arm64
# and arm32 without a C library, call nothing but the GP API subset of
# docs/tee.md and the memory and string functions that every TA dev kit has;
# and TA soter stays within its size on arm64.

set -u
. "$(dirname "$0")/common.sh"

out=build/freestanding
text_max=65536	# bytes of TA soter, without the cryptographic library

# The GP TEE Internal Core API, as far as a SOTER TA may use it.
calls='TEE_Malloc TEE_Free TEE_MemMove TEE_MemCompare TEE_MemFill
    TEE_GetPropertyAsIdentity TEE_GetPropertyAsBool TEE_GetPropertyAsU32
    TEE_GetPropertyAsString
    TEE_OpenTASession TEE_InvokeTACommand TEE_CloseTASession
    TEE_AllocateTransientObject TEE_FreeTransientObject
    TEE_ResetTransientObject TEE_GenerateKey TEE_InitRefAttribute
    TEE_InitValueAttribute TEE_PopulateTransientObject
    TEE_CopyObjectAttributes1 TEE_RestrictObjectUsage1 TEE_GetObjectInfo1
    TEE_GetObjectBufferAttribute
    TEE_CreatePersistentObject TEE_OpenPersistentObject TEE_CloseObject
    TEE_CloseAndDeletePersistentObject1 TEE_RenamePersistentObject
    TEE_ReadObjectData TEE_WriteObjectData TEE_SeekObjectData
    TEE_TruncateObjectData
    TEE_AllocatePersistentObjectEnumerator TEE_FreePersistentObjectEnumerator
    TEE_ResetPersistentObjectEnumerator TEE_StartPersistentObjectEnumerator
    TEE_GetNextPersistentObject
    TEE_AllocateOperation TEE_FreeOperation TEE_SetOperationKey
    TEE_DigestUpdate TEE_DigestDoFinal
    TEE_MACInit TEE_MACUpdate TEE_MACComputeFinal TEE_MACCompareFinal
    TEE_AsymmetricSignDigest TEE_AsymmetricVerifyDigest
    TEE_GenerateRandom TEE_GetSystemTime'
memory='memcpy memmove memset memcmp memchr strlen strcmp strncmp'
# What the compiler itself calls where the machine cannot divide 64 bits; the
# dev kits bring it.
divisions='__aeabi_[a-z0-9]+'

# machine, compiler, options
machines='
arm64 aarch64-linux-gnu-gcc  -mstrict-align
arm32 arm-linux-gnueabihf-gcc -mthumb
'
options='-std=c11 -Os -ffreestanding -fPIC -fvisibility=hidden
    -ffunction-sections -fdata-sections -fno-stack-protector
    -Wall -Wextra -Wshadow -Wconversion -Werror
    -Iinclude -Isrc -Isrc/teehost/include'

# sources TA: what is linked into a TA; what is not needed falls out.
sources()
{
	find src/base src/wire "src/ta/$1" -name '*.c' | grep -v /optee/
	find src/ta -maxdepth 1 -name '*.c'
}

# build MACHINE COMPILER OPTION TA
build()
{
	local dir=$out/$1-$4 objects=() source object

	mkdir -p "$dir"
	while read -r source; do
		object=$dir/$(tr / _ <<<"${source%.c}").o
		# shellcheck disable=SC2086
		"$2" $options "$3" -c -o "$object" "$source" || return 1
		objects+=("$object")
	done < <(sources "$4")
	"$2" -shared -nostdlib -Wl,--gc-sections \
	    -Wl,--version-script=src/ta/ta.map -o "$dir/ta.so" \
	    "${objects[@]}" || return 1
}

# check MACHINE TA
check()
{
	local ta=$out/$1-$2/ta.so foreign text

	foreign=$(nm -D --undefined-only -j "$ta" |
	    grep -vxE "$divisions" |
	    grep -vxF "$(tr -s ' \n\t' '\n' <<<"$calls $memory")")
	if [ -n "$foreign" ]; then
		echo "TA $2 on $1 calls what a TEE need not have:"
		echo "$foreign"
		return 1
	fi
	if [ "$(nm -D --defined-only -j "$ta" | grep -c '^TA_')" != 5 ]; then
		echo "TA $2 on $1 does not have the five entry points"
		return 1
	fi
	text=$(size "$ta" | awk 'NR == 2 { print $1 }')
	echo "TA $2 on $1: $text bytes of text"
	if [ "$2" = soter ] && [ "$text" -gt $text_max ]; then
		echo "that is more than $text_max"
		return 1
	fi
}

failed=0
while read -r machine compiler option; do
	[ -n "$machine" ] || continue
	for ta in soter biometric; do
		build "$machine" "$compiler" "$option" "$ta" &&
		    check "$machine" "$ta" || failed=1
	done
done <<<"$machines"
exit $failed
