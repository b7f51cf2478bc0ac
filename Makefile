# SPDX-License-Identifier: BSD-3-Clause
#
#	make demo           build, then show what OpenSOTER does
#	make check          every test, in some minutes
#	make check-long     the same with full counts and fuzz times
#	make fuzz           the fuzz targets; SECONDS_EACH=600 TARGET=json
#	make coverage       line coverage, with a floor of 95 %
#	make bench          speed of this machine
#	make format         put the sources into the house's form
#	make clean          remove build/
#
# demo and check install missing Debian packages first.  Each target is one
# short script in tools/; all they make is below build/.
.POSIX:
.SUFFIXES:

SECONDS_EACH = 60
TARGET =

help:
	@sed -n 's/^#	//p' Makefile

demo:
	@tools/demo.sh

check:
	@tools/check.sh

check-long:
	@tools/check.sh long

fuzz:
	@tools/fuzz.sh $(SECONDS_EACH) $(TARGET)

coverage:
	@tools/coverage.sh

bench:
	@tools/bench.sh

format:
	@tools/format.sh

clean:
	@rm -rf build

.PHONY: help demo check check-long fuzz coverage bench format clean
