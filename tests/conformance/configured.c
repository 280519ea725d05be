/* SPDX-License-Identifier: MIT */
/* Snapshots and histograms, where a kernel was configured with them. */
#include "conformance.h"

#include <fcntl.h>
#include <unistd.h>

void probe_configured(void)
{
	static const char *const snapshot[] = {"abc", "-1", "3", "0", "1", "2", "0"};
	static const char *const histogram[] = {
		"hist",
		"hist:",
		"hist:keys=",
		"hist:keys=bogus",
		"hist:keys=pid",
		"hist:keys=pid",
		"!hist:keys=pid",
		"!hist:keys=pid",
		"hist:keys=pid:vals=bogus",
		"hist:keys=pid:size=1",
		"hist:vals=pid",
		"hist:keys=pid if bogus",
	};
	static const char *const synthetic[] = {
		"junk",
		"conformance_ev",
		"conformance_ev bogus f",
		"conformance_ev u64 f",
		"conformance_ev u64 f",
		"!conformance_ev",
		"!conformance_ev",
		"!nosuch",
	};

	for (size_t i = 0; i < COUNT(snapshot); i++)
		fact_write("snapshot", snapshot[i], NULL);
	fact_write("per_cpu/cpu0/snapshot", "1", NULL);
	for (size_t i = 0; i < COUNT(histogram); i++)
		fact(words("trigger <- '%s'", histogram[i]), "%s",
		     put(OTHER_DIR "/trigger", O_WRONLY | O_APPEND, histogram[i]));
	for (size_t i = 0; i < COUNT(synthetic); i++)
		fact(words("append '%s' to /synthetic_events", synthetic[i]), "%s",
		     put("/synthetic_events", O_WRONLY | O_APPEND, synthetic[i]));
}
