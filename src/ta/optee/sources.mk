# SPDX-License-Identifier: BSD-3-Clause
#
# What both sub.mk say: all of base, wire and the TA itself.  The linker drops
# what is not called.
define soter_ta
global-incdirs-y += ../../../../include ../../.. ..
cflags-y += -std=c11 -Wno-switch-default -ffunction-sections -fdata-sections
srcs-y += $(patsubst $(top)/src/%,../../../%,\
	$(wildcard $(top)/src/base/*.c $(top)/src/wire/*.c \
	$(top)/src/ta/*.c $(top)/src/ta/$(1)/*.c))
endef
