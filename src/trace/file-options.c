/* SPDX-License-Identifier: MIT */
/* trace_options and options/: switches of an instance, one bit each. */
#include <string.h>

#include "arena/mapping.h"
#include "trace/internal.h"

static const char *const option_names[UTFS_NR_OPTIONS] = {
	[UTFS_OPTION_PRINT_PARENT] = "print-parent",
	[UTFS_OPTION_SYM_OFFSET] = "sym-offset",
	[UTFS_OPTION_SYM_ADDR] = "sym-addr",
	[UTFS_OPTION_VERBOSE] = "verbose",
	[UTFS_OPTION_RAW] = "raw",
	[UTFS_OPTION_HEX] = "hex",
	[UTFS_OPTION_BIN] = "bin",
	[UTFS_OPTION_BLOCK] = "block",
	[UTFS_OPTION_FIELDS] = "fields",
	[UTFS_OPTION_TRACE_PRINTK] = "trace_printk",
	[UTFS_OPTION_ANNOTATE] = "annotate",
	[UTFS_OPTION_USERSTACKTRACE] = "userstacktrace",
	[UTFS_OPTION_SYM_USEROBJ] = "sym-userobj",
	[UTFS_OPTION_PRINTK_MSG_ONLY] = "printk-msg-only",
	[UTFS_OPTION_CONTEXT_INFO] = "context-info",
	[UTFS_OPTION_LATENCY_FORMAT] = "latency-format",
	[UTFS_OPTION_RECORD_CMD] = "record-cmd",
	[UTFS_OPTION_RECORD_TGID] = "record-tgid",
	[UTFS_OPTION_OVERWRITE] = "overwrite",
	[UTFS_OPTION_DISABLE_ON_FREE] = "disable_on_free",
	[UTFS_OPTION_IRQ_INFO] = "irq-info",
	[UTFS_OPTION_MARKERS] = "markers",
	[UTFS_OPTION_EVENT_FORK] = "event-fork",
	[UTFS_OPTION_TRACE_PRINTK_DEST] = "trace_printk_dest",
	[UTFS_OPTION_PAUSE_ON_TRACE] = "pause-on-trace",
	[UTFS_OPTION_HASH_PTR] = "hash-ptr",
	[UTFS_OPTION_STACKTRACE] = "stacktrace",
	[UTFS_OPTION_TEST_NOP_ACCEPT] = "test_nop_accept",
	[UTFS_OPTION_TEST_NOP_REFUSE] = "test_nop_refuse",
};

/* Options that the kernel offers at the root only. */
static bool option_present(uint32_t instance, unsigned int option)
{
	if (instance == UTFS_ROOT_SERIAL)
		return true;
	return option != UTFS_OPTION_TRACE_PRINTK && option != UTFS_OPTION_RECORD_CMD &&
	       option != UTFS_OPTION_PRINTK_MSG_ONLY;
}

static int option_find(const char *name, size_t bytes, unsigned int *option)
{
	for (*option = 0; *option < UTFS_NR_OPTIONS; ++*option)
		if (strlen(option_names[*option]) == bytes &&
		    !memcmp(option_names[*option], name, bytes))
			return 0;
	return -ENOENT;
}

/* Exactly one instance gets the messages of utfs_printf(): it cannot be cleared at the root, only set elsewhere. */
static int printk_dest_set(struct utfs_trace *trace, uint32_t slot, bool set)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	if (!set && !slot)
		return -EINVAL;
	utfs_instance_printk_set(&trace->arena, set ? slot : 0);
	return 0;
}

static bool option_is_set(const struct utfs_trace *trace, uint32_t slot, unsigned int option)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	return utfs_instance_at(&trace->arena, slot)->options & UTFS_OPTION_BIT(option);
}

/* Each event of the instance is followed by its stack, or no more. */
static int stacks_set(struct utfs_trace *trace, uint32_t slot, bool set)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t recorder = utfs_instance_at(&trace->arena, slot)->recorder;
	int ret = set ? utfs_mappings_ensure(&trace->arena) : 0;

	if (ret || !recorder || recorder > UTFS_MAX_RECORDERS)
		return ret;
	return utfs_gated_update(&trace->arena, (unsigned int)recorder - 1);
}

static int option_set(struct utfs_trace *trace, uint32_t slot, unsigned int option, bool set)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	uint64_t *options = &utfs_instance_at(&trace->arena, slot)->options;
	uint64_t bit = UTFS_OPTION_BIT(option);

	/* There to be refused: people try their tools with it. */
	if (option == UTFS_OPTION_TEST_NOP_REFUSE)
		return -EINVAL;
	if (option_is_set(trace, slot, option) == set)
		return 0;
	if (option == UTFS_OPTION_TRACE_PRINTK_DEST)
		return printk_dest_set(trace, slot, set);
	utfs_tx_set(&trace->arena, options, set ? *options | bit : *options & ~bit);
	utfs_ring_configure(&trace->arena, slot);
	return bit & UTFS_OPTIONS_STACKS ? stacks_set(trace, slot, set) : 0;
}

/* ------------------------------------------------------------------------------------------------
 * options/NAME
 */

static int options_find(void *ctx, struct eventfs_key dir, const char *name, size_t len_bytes,
			struct eventfs_key *child)
{
	unsigned int option;

	(void)ctx;
	if (option_find(name, len_bytes, &option) || !option_present(dir.a, option))
		return -ENOENT;
	*child = (struct eventfs_key){.a = dir.a, .b = option};
	return 0;
}

static int options_next(void *ctx, struct eventfs_key dir, uint64_t cursor,
			struct eventfs_dirent *out)
{
	(void)ctx;
	while (cursor < UTFS_NR_OPTIONS && !option_present(dir.a, (unsigned int)cursor))
		cursor++;
	if (cursor >= UTFS_NR_OPTIONS)
		return 0;
	out->key = (struct eventfs_key){.a = dir.a, .b = (uint32_t)cursor};
	out->cookie = cursor + 1;
	strcpy(out->name, option_names[cursor]);
	return 1;
}

static int options_valid(void *ctx, struct eventfs_key key)
{
	if (key.b >= UTFS_NR_OPTIONS || !option_present(key.a, key.b))
		return -ENOENT;
	return utfs_instances_provider.valid(ctx, (struct eventfs_key){.a = key.a});
}

static int options_name(void *ctx, struct eventfs_key key, char name[EVENTFS_NAME_MAX + 1])
{
	(void)ctx;
	if (key.b >= UTFS_NR_OPTIONS)
		return -ENOENT;
	strcpy(name, option_names[key.b]);
	return 0;
}

static int options_parent(void *ctx, struct eventfs_key key, struct eventfs_key *dir)
{
	(void)ctx;
	*dir = (struct eventfs_key){.a = key.a};
	return 0;
}

const struct eventfs_provider utfs_options_provider = {
	.find = options_find,
	.next = options_next,
	.valid = options_valid,
	.name = options_name,
	.parent = options_parent,
};

static int option_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(ctx, key, &state);

	if (!ret)
		eventfs_text_puts(out, state.options & UTFS_OPTION_BIT(key.b) ? "1\n" : "0\n");
	return ret;
}

static ssize_t option_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			    const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	bool set;
	int ret = utfs_parse_bool(buf, len_bytes, &set);

	(void)req;
	(void)off;
	if (ret)
		return ret;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	/* As in the kernel: a file that says so already refuses nothing. */
	if (option_is_set(trace, slot, key.b) != set)
		ret = option_set(trace, slot, key.b, set);
	ret = utfs_tx_end(&trace->arena, ret);
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_option = {.show = option_show, .store = option_store};

/* ------------------------------------------------------------------------------------------------
 * trace_options
 */

static int trace_options_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_array_state state;
	int ret = utfs_array_state_get(ctx, key, &state);

	for (unsigned int i = 0; !ret && i < UTFS_NR_OPTIONS; i++)
		eventfs_text_printf(out, "%s%s\n", state.options & UTFS_OPTION_BIT(i) ? "" : "no",
				    option_names[i]);
	return ret;
}

static ssize_t trace_options_store(void *ctx, struct eventfs_key key,
				   const struct eventfs_request *req, const char *buf,
				   size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	size_t bytes = len_bytes;
	const char *word = utfs_parse_strip(buf, &bytes);
	unsigned int option;
	uint32_t slot;
	bool set = true;
	int ret;

	(void)req;
	(void)off;
	if (bytes > 2 && !memcmp(word, "no", 2)) {
		set = false;
		word += 2;
		bytes -= 2;
	}
	if (option_find(word, bytes, &option))
		return -EINVAL;
	ret = utfs_trace_begin(trace, key, &slot);
	if (ret)
		return ret;
	ret = utfs_tx_end(&trace->arena, option_set(trace, slot, option, set));
	return ret ? ret : (ssize_t)len_bytes;
}

const struct eventfs_file_ops utfs_file_trace_options = {
	.show = trace_options_show,
	.store = trace_options_store,
};
