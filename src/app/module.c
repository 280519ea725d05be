/* SPDX-License-Identifier: MIT */
/* Registration of declared events: all those of a module under one hold of the lock, each its own transaction. */
#include <string.h>

#include "app/app.h"

void utfs_app_texts_begin(void)
{
	utfs_text_init(&utfs_app.fields, utfs_app.fields_room, sizeof(utfs_app.fields_room));
	utfs_text_init(&utfs_app.print, utfs_app.print_room, sizeof(utfs_app.print_room));
}

int utfs_app_event_add(const char *system, const char *name, uint32_t record_bytes, uint32_t flags,
		       uint32_t *id)
{
	struct utfs_event_strings strings = {
		.system = system,
		.name = name,
		.fields = utfs_app.fields_room,
		.print_fmt = utfs_app.print_room,
		.system_bytes = strlen(system),
		.name_bytes = strlen(name),
		.fields_bytes = utfs_app.fields.length,
		.print_bytes = utfs_app.print.length,
		.record_bytes = record_bytes,
		.flags = flags,
	};
	int ret = utfs_event_register(&utfs_app.arena, &strings, id);

	return ret ? ret : utfs_proc_use_event(&utfs_app.arena, *id, true);
}

static bool module_uses(const struct utfs_module *module, uint32_t id)
{
	for (const struct utfs_event *event = module->begin; event < module->end; event++)
		if (event->id == id && !event->status)
			return true;
	return false;
}

void utfs_app_event_drop(uint32_t id, const struct utfs_module *not_in,
			 const struct utfs_runtime_event *not_this)
{
	for (const struct utfs_module *module = utfs_app.modules; module; module = module->next)
		if (module != not_in && module_uses(module, id))
			return;
	if (!utfs_runtime_event_uses(id, not_this))
		(void)utfs_proc_use_event(&utfs_app.arena, id, false);
}

/* The event's id first: who sees the arena's word through the pointer finds the id that belongs to it. */
static void event_publish(struct utfs_event *event, uint32_t id)
{
	event->id = id;
	event->serial = utfs_event_at(&utfs_app.arena, id)->serial;
	__atomic_store_n(&event->status, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&event->mask, utfs_event_mask(&utfs_app.arena, id), __ATOMIC_RELEASE);
}

static void event_fail(struct utfs_event *event, int error)
{
	__atomic_store_n(&event->status, error, __ATOMIC_RELAXED);
	if (error == -EEXIST)
		utfs_app.conflicts++;
	else
		utfs_app.failures++;
}

static int event_register(struct utfs_event *event) UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	struct utfs_app_declared declared;
	uint32_t id = 0;
	int ret;

	utfs_app_texts_begin();
	utfs_app_declared_get(event->info, &declared);
	ret = utfs_app_describe(&declared, &utfs_app.fields, &utfs_app.print);
	if (!ret)
		ret = utfs_app_event_add(declared.system, declared.name, event->info->record_bytes,
					 0, &id);
	if (ret) {
		event_fail(event, ret);
		/* A conflict changes nothing but its counters, and those shall stay. */
		return ret == -EEXIST ? 0 : ret;
	}
	utfs_tx_checkpoint(&utfs_app.arena);
	event_publish(event, id);
	return 0;
}

/* Registers until one fails in a way that has to be rolled back; *event is then behind that one. */
static int events_register(struct utfs_event **event, struct utfs_event *end)
	UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	int ret = 0;

	while (!ret && *event < end)
		ret = event_register((*event)++);
	return ret;
}

static void module_add(struct utfs_module *module)
{
	struct utfs_event *event = module->begin;
	/* Module and event are alike in all of them, so that one can be told. */
	int ret = module->abi == UTFS_P_HEADER_ABI ? utfs_app_attach() : -EPROTONOSUPPORT;

	while (!ret && event < module->end) {
		ret = utfs_tx_begin(&utfs_app.arena);
		if (!ret)
			(void)utfs_tx_end(&utfs_app.arena, events_register(&event, module->end));
	}
	for (; event < module->end; event++) {
		if (ret == -ENODEV)
			__atomic_store_n(&event->status, ret, __ATOMIC_RELAXED);
		else
			event_fail(event, ret);
	}
}

static void module_link(struct utfs_module *module)
{
	module->previous = NULL;
	module->next = utfs_app.modules;
	if (module->next)
		module->next->previous = module;
	utfs_app.modules = module;
}

static void module_unlink(struct utfs_module *module)
{
	if (module->next)
		module->next->previous = module->previous;
	if (module->previous)
		module->previous->next = module->next;
	else
		utfs_app.modules = module->next;
	/* Pairs with utfs_module_register(): another thread may load the module again. */
	__atomic_store_n(&module->registered, 0, __ATOMIC_RELEASE);
}

UTFS_API void utfs_module_register(struct utfs_module *module, struct utfs_event *begin,
				   struct utfs_event *end)
{
	struct utfs_app_context context;

	/* Every file of a module calls: the first one does it for all. */
	if (__atomic_load_n(&module->registered, __ATOMIC_ACQUIRE) || begin == end)
		return;
	if (utfs_app_enter(&context))
		return;
	if (!module->registered) {
		module->begin = begin;
		module->end = end;
		module_add(module);
		module_link(module);
		__atomic_store_n(&module->registered, 1, __ATOMIC_RELEASE);
	}
	utfs_app_leave(&context);
}

static void module_remove(struct utfs_module *module)
{
	for (struct utfs_event *event = module->begin; event < module->end; event++)
		__atomic_store_n(&event->mask, &event->never, __ATOMIC_RELAXED);
	if (utfs_app.state != UTFS_STATE_ACTIVE || utfs_tx_begin(&utfs_app.arena))
		return;
	for (struct utfs_event *event = module->begin; event < module->end; event++) {
		if (event->status)
			continue;
		utfs_app_event_drop(event->id, module, NULL);
		utfs_tx_checkpoint(&utfs_app.arena);
		__atomic_store_n(&event->status, -EAGAIN, __ATOMIC_RELAXED);
	}
	(void)utfs_tx_end(&utfs_app.arena, 0);
}

UTFS_API void utfs_module_unregister(struct utfs_module *module)
{
	struct utfs_app_context context;

	if (!__atomic_load_n(&module->registered, __ATOMIC_ACQUIRE) || utfs_app_enter(&context))
		return;
	if (module->registered) {
		/* At exit the slot goes with the process; events of later destructors are still written. */
		if (!__atomic_load_n(&utfs_app.exiting, __ATOMIC_RELAXED))
			module_remove(module);
		module_unlink(module);
	}
	utfs_app_leave(&context);
}

/* The parent may be gone and its event with it: then it is registered again, perhaps under another id. */
static int event_renew(struct utfs_event *event) UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	int ret = 0;

	if (event->status)
		return 0;
	if (utfs_event_at(&utfs_app.arena, event->id)->serial == event->serial)
		ret = utfs_proc_use_event(&utfs_app.arena, event->id, true);
	else
		ret = event_register(event);
	if (!ret)
		utfs_tx_checkpoint(&utfs_app.arena);
	if (event->status)
		__atomic_store_n(&event->mask, &event->never, __ATOMIC_RELAXED);
	return ret;
}

static int module_renew(struct utfs_module *module) UTFS_REQUIRES(utfs_app.arena.event_mutex)
{
	int ret = 0;

	for (struct utfs_event *event = module->begin; !ret && event < module->end; event++)
		ret = event_renew(event);
	return ret;
}

void utfs_app_modules_renew(void)
{
	int ret = utfs_tx_begin(&utfs_app.arena);

	if (ret)
		return;
	for (struct utfs_module *module = utfs_app.modules; !ret && module; module = module->next)
		ret = module_renew(module);
	if (!ret)
		ret = utfs_runtime_events_renew();
	(void)utfs_tx_end(&utfs_app.arena, ret);
}
