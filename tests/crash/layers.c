/* SPDX-License-Identifier: MIT */
#include "crash.h"

const struct crash_layer *const crash_layers[] = {
	&crash_layer_arena, &crash_layer_ring, &crash_layer_trace, &crash_layer_app, NULL,
};
