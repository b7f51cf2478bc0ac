# SPDX-License-Identifier: BSD-3-Clause
global-incdirs-y += .
include $(top)/src/ta/optee/sources.mk
$(eval $(call soter_ta,soter))
