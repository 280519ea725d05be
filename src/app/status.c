/* SPDX-License-Identifier: MIT */
/* Does tracing work in this process, and if not, why? */
#include <stdio.h>
#include <string.h>

#include "app/app.h"

static const char *state_text(enum utfs_state state)
{
	switch (state) {
	case UTFS_STATE_NOT_STARTED:
		return "not started: no event is registered and no message was written yet";
	case UTFS_STATE_ACTIVE:
		return "active: ";
	case UTFS_STATE_OFF:
		return "off: the environment says UTRACEFS=off";
	case UTFS_STATE_NO_ARENA:
	case UTFS_STATE_NO_RSEQ:
		return "inactive: ";
	}
	return "";
}

static uint64_t module_events(const struct utfs_module *module)
{
	uint64_t n = 0;

	for (const struct utfs_event *event = module->begin; event < module->end; event++)
		n += !event->status;
	return n;
}

static void status_fill(struct utfs_status *status)
{
	const char *detail = utfs_app.why;

	status->state = utfs_app.state;
	status->error = utfs_app.error;
	if (status->state == UTFS_STATE_ACTIVE) {
		for (const struct utfs_module *module = utfs_app.modules; module;
		     module = module->next)
			status->events += module_events(module);
		status->events += utfs_runtime_events_count();
		detail = utfs_app.arena.path;
	}
	status->conflicts = utfs_app.conflicts;
	status->failures = utfs_app.failures;
	status->lost_messages = __atomic_load_n(&utfs_app.lost_messages, __ATOMIC_RELAXED);
	status->refused_threads = __atomic_load_n(&utfs_app.refused_threads, __ATOMIC_RELAXED);
	snprintf(status->text, sizeof(status->text), "%s%.440s", state_text(status->state), detail);
}

UTFS_API void utfs_status_get(struct utfs_status *status)
{
	struct utfs_app_context context;

	memset(status, 0, sizeof(*status));
	if (utfs_app_enter(&context)) {
		strcpy(status->text, "busy: asked from within the library");
		return;
	}
	status_fill(status);
	utfs_app_leave(&context);
}
