/* SPDX-License-Identifier: MIT */
/* Messages and markers: `print` records (id 5), in the root's buffers unless trace_printk_dest says otherwise. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/filter.h"

#define PRINT_EVENT_ID 5
/* What the field `ip` says: who wrote the record. */
#define IP_MARKER 0
#define IP_PRINTF 1

/* Room for the text, its newline and NUL left out. */
#define TEXT_MAX (UTFS_RECORD_MAX - UTFS_COMMON_BYTES - 8 - 2)

struct message {
	unsigned char headroom[UTFS_RECORD_HEADROOM];
	uint64_t common;
	uint64_t ip;
	char text[TEXT_MAX + 2];
	char rounding[4];
};
static_assert(offsetof(struct message, ip) == UTFS_RECORD_HEADROOM + 8, "the print event's format");

/* The instance that gets it: markers go to the root, messages where options/trace_printk_dest is set. */
static uint32_t slot_of(uint64_t ip)
{
	const struct utfs_header *header = utfs_app.arena.header;
	uint64_t slot =
		ip == IP_PRINTF ? __atomic_load_n(&header->printk_slot, __ATOMIC_RELAXED) : 0;

	return slot < __atomic_load_n(&header->nr_instances, __ATOMIC_RELAXED) &&
			       slot < UTFS_MAX_INSTANCES
		       ? (uint32_t)slot
		       : 0;
}

static int buffers_create_locked(uint64_t ip)
{
	uint32_t slot;
	int ret;

	if (utfs_app_attach())
		return -ENODEV;
	ret = utfs_tx_begin(&utfs_app.arena);
	if (ret)
		return ret;
	slot = slot_of(ip);
	if (slot && !utfs_instance_at(&utfs_app.arena, slot)->serial)
		slot = 0;
	return utfs_tx_end(&utfs_app.arena, utfs_ring_create(&utfs_app.arena, slot));
}

/* The first message makes the buffers of the instance that it goes to. */
static int buffers_create(uint64_t ip)
{
	uint64_t lost = __atomic_load_n(&utfs_app.lost_messages, __ATOMIC_RELAXED);
	int ret = __atomic_load_n(&utfs_app.message_error, __ATOMIC_RELAXED);
	struct utfs_app_context context;

	/* What failed is tried again, but ever more rarely. */
	if (ret && lost & (lost - 1))
		return ret;
	ret = utfs_app_enter(&context);
	if (ret)
		return ret;
	ret = buffers_create_locked(ip);
	__atomic_store_n(&utfs_app.message_error, ret == -ENODEV ? 0 : ret, __ATOMIC_RELAXED);
	utfs_app_leave(&context);
	return ret;
}

static int attach(void)
{
	struct utfs_app_context context;
	int ret;

	if (utfs_app_active())
		return 0;
	if (__atomic_load_n(&utfs_app.state, __ATOMIC_ACQUIRE) != UTFS_STATE_NOT_STARTED)
		return -ENODEV;
	ret = utfs_app_enter(&context);
	if (ret)
		return ret;
	ret = utfs_app_attach();
	utfs_app_leave(&context);
	return ret;
}

/* Return: the recorder; -EAGAIN tracing_on or options/{trace_printk,markers} is 0; another errno. */
static int recorder_get(uint64_t ip)
{
	const struct utfs_instance *instance;
	uint64_t recorder, options;
	int ret = attach();

	if (ret)
		return ret;
	options = __atomic_load_n(&utfs_instance_at(&utfs_app.arena, 0)->options, __ATOMIC_RELAXED);
	if (!(options &
	      UTFS_OPTION_BIT(ip == IP_PRINTF ? UTFS_OPTION_TRACE_PRINTK : UTFS_OPTION_MARKERS)))
		return -EAGAIN;
	if (!utfs_ring_is_on(&utfs_app.arena, slot_of(ip)))
		return -EAGAIN;
	instance = utfs_instance_at(&utfs_app.arena, slot_of(ip));
	recorder = __atomic_load_n(&instance->recorder, __ATOMIC_RELAXED);
	if (!recorder) {
		ret = buffers_create(ip);
		if (ret)
			return ret;
		recorder = __atomic_load_n(&instance->recorder, __ATOMIC_RELAXED);
	}
	return recorder && recorder <= UTFS_MAX_RECORDERS ? (int)recorder - 1 : -ENODEV;
}

/* tracing_cpumask holds for messages, too. */
static bool cpu_pass(const struct utfs_thread *thread, unsigned int recorder)
{
	const struct utfs_filter_subject subject = {.writer = &thread->writer};
	uint64_t gated = __atomic_load_n(&utfs_app.arena.header->gated, __ATOMIC_RELAXED);

	return !(gated & UINT64_C(1) << recorder) || utfs_filter_cpu_pass(recorder, &subject);
}

/* Return: `bytes`; 0 tracing is off; a negative errno. */
static int message_write(int recorder, struct message *message, uint64_t ip, size_t bytes)
{
	struct utfs_thread *thread = &utfs_thread;
	size_t length = bytes;

	if (thread->state != UTFS_THREAD_READY && !utfs_thread_prepare(thread))
		return -ENODEV;
	/* As the kernel's trace_marker: a line ends with a newline, a text with a NUL. */
	if (!length || message->text[length - 1] != '\n')
		message->text[length++] = '\n';
	message->text[length++] = '\0';
	message->common = thread->common | PRINT_EVENT_ID;
	message->ip = ip;
	memset(message->text + length, 0, sizeof(message->rounding));
	length += UTFS_COMMON_BYTES + sizeof(message->ip);
	if (!cpu_pass(thread, (unsigned int)recorder) ||
	    !utfs_ring_write(&thread->writer, (unsigned int)recorder, message, length, NULL, 0))
		return 0;
	return (int)bytes;
}

static int message_end(int ret)
{
	if (ret == -EAGAIN)
		return 0;
	if (ret < 0)
		__atomic_fetch_add(&utfs_app.lost_messages, 1, __ATOMIC_RELAXED);
	return ret;
}

UTFS_API int utfs_vprintf(const char *format, va_list arguments)
{
	int saved_errno = errno;
	struct message message;
	int recorder = recorder_get(IP_PRINTF);
	int ret = recorder;

	if (recorder >= 0) {
		/* "%m" means the caller's. */
		errno = saved_errno;
		ret = vsnprintf(message.text, TEXT_MAX + 1, format, arguments);
		if (ret < 0)
			ret = -EINVAL;
		else
			ret = message_write(recorder, &message, IP_PRINTF,
					    ret > TEXT_MAX ? (size_t)TEXT_MAX : (size_t)ret);
	}
	ret = message_end(ret);
	errno = saved_errno;
	return ret;
}

UTFS_API int utfs_printf(const char *format, ...)
{
	va_list arguments;
	int ret;

	va_start(arguments, format);
	ret = utfs_vprintf(format, arguments);
	va_end(arguments);
	return ret;
}

UTFS_API int utfs_marker(const char *text, size_t bytes)
{
	struct message message;
	int ret;

	if (!text || !bytes)
		return -EINVAL;
	if (bytes > TEXT_MAX)
		bytes = TEXT_MAX;
	ret = recorder_get(IP_MARKER);
	if (ret >= 0) {
		memcpy(message.text, text, bytes);
		ret = message_write(ret, &message, IP_MARKER, bytes);
	}
	return message_end(ret);
}
