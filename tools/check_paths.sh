#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/check_paths.sh -- no file names a folder that exists on somebody's
# machine only.

set -u
. "$(dirname "$0")/common.sh"

personal='(^|[^A-Za-z0-9_.~}/-])/(home|root|Users|work|mnt)/[A-Za-z0-9]'

list()
{
	in_git ls-files -z --cached --others --exclude-standard 2>/dev/null ||
	    find . -path ./build -prune -o -path ./.git -prune -o \
	    -type f -print0
}

! { list | xargs -0 grep -sInE "$personal"
    list | xargs -0 grep -sInF "$PWD/"; } | grep .
