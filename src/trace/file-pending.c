/* SPDX-License-Identifier: MIT */
/*
 * pending_events: what is to be done with events that do not exist yet, a rule per line:
 *
 *	SYSTEM:EVENT enable
 *	SYSTEM:EVENT filter EXPRESSION
 *	SYSTEM:EVENT trigger COMMAND
 *
 * SYSTEM and EVENT are globs. A rule also holds for the events that are there already when it is written. With `!` in front
 * it is removed; what it has done stays. The kernel has no such file: its events are all there before anybody looks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/trigger.h"

#define RULES_MAX 1024 /* in one write */

/* One line of what was written. */
struct line {
	bool remove;
	char *text; /* the rule as it is listed */
	size_t system_bytes, event_bytes;
	struct utfs_filter_program *program;
	struct utfs_trigger trigger; /* kind 0: it is none */
	const struct utfs_trigger_command *command;
	uint32_t added_at; /* offset of the new rule in the rules; 0: none was added */
};

struct request {
	struct line *lines;
	size_t n;
	/* what is wrong, for error_log */
	const char *message;
	const char *location; /* NULL: here, not in a filter or a trigger */
	char *command;
	uint32_t position;
};

static void request_free(struct request *request)
{
	for (size_t i = 0; i < request->n; i++) {
		free(request->lines[i].text);
		free(request->lines[i].program);
	}
	free(request->lines);
	free(request->command);
}

static int refuse(struct request *request, const char *message, const char *command, size_t bytes)
{
	request->message = message;
	request->command = strndup(command, bytes);
	return request->command ? -EINVAL : -ENOMEM;
}

static bool is_pattern(const char *text, size_t bytes)
{
	static const char globs[] = "_*?[]!-";

	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c && strchr(globs, c))))
			return false;
	}
	return bytes && bytes <= UTFS_NAME_MAX;
}

/* The first word, taken from the front. */
static const char *word_take(const char **at, size_t *bytes, size_t *word_bytes)
{
	const char *word = *at;

	*word_bytes = 0;
	while (*word_bytes < *bytes && !utfs_parse_is_space(word[*word_bytes]))
		++*word_bytes;
	*at += *word_bytes;
	*bytes -= *word_bytes;
	*at = utfs_parse_strip(*at, bytes);
	return word;
}

/* What a filter rule says, compiled without a format. */
static int filter_compile(struct request *request, struct line *line, const char *expression,
			  uint32_t nr_cpus)
{
	struct utfs_filter_failure failure;
	int ret = utfs_filter_compile(NULL, expression, nr_cpus, &line->program, &failure);

	if (!ret && line->program->object.bytes > UTFS_PENDING_PROGRAM_MAX)
		return -E2BIG;
	if (!ret || ret == -ENOMEM || ret == -E2BIG)
		return ret;
	request->message = utfs_filter_error_text(failure.error);
	request->command = strdup(expression);
	if (failure.error) {
		request->location = UTFS_FILTER_ERROR_LOCATION;
		request->position = failure.position;
	}
	return request->command ? ret : -ENOMEM;
}

/* A copy of what a parsed command makes. */
static int trigger_take(struct line *line, const struct utfs_trigger_request *parsed)
{
	const struct utfs_filter_program *program;

	line->command = parsed->command;
	parsed->command->pend(parsed, &line->trigger, &program);
	if (!program)
		return 0;
	if (program->object.bytes > UTFS_PENDING_PROGRAM_MAX)
		return -E2BIG;
	line->program = malloc(program->object.bytes);
	if (!line->program)
		return -ENOMEM;
	memcpy(line->program, program, program->object.bytes);
	return 0;
}

/* What a trigger rule says, parsed without an event. */
static int trigger_compile(struct request *request, struct line *line, const char *command,
			   struct utfs_trace *trace)
{
	struct utfs_trigger_request parsed = {.trace = trace, .text = strdup(command)};
	const char *why = "Not a trigger that can wait for its event";
	int ret = parsed.text ? utfs_trigger_command_find(&parsed) : -ENOMEM;

	if (!ret && !parsed.command->pend)
		why = "A histogram cannot wait for its event: its fields have to be known";
	if (!ret && (parsed.remove || !parsed.command->pend))
		ret = -EINVAL;
	if (!ret)
		ret = parsed.command->parse(&parsed);
	if (!ret)
		ret = trigger_take(line, &parsed);
	if (parsed.nr_errors) {
		request->message = parsed.errors[0].message;
		request->command = strdup(parsed.errors[0].command);
		request->location = parsed.errors[0].location;
		request->position = parsed.errors[0].position;
		ret = request->command ? ret : -ENOMEM;
	} else if (ret == -EINVAL) {
		ret = refuse(request, why, command, strlen(command));
	}
	utfs_trigger_request_free(&parsed);
	return ret;
}

static bool word_is(const char *word, size_t bytes, const char *name)
{
	return bytes == strlen(name) && !memcmp(word, name, bytes);
}

/* "SYSTEM:EVENT ACTION [WHAT]", without space around it. */
static int rule_parse(struct request *request, struct line *line, const char *text, size_t bytes,
		      struct utfs_trace *trace)
{
	static const char expected[] = "Expecting SYSTEM:EVENT enable, SYSTEM:EVENT filter "
				       "EXPRESSION, or SYSTEM:EVENT trigger COMMAND";
	const char *whole = text, *pattern, *action, *colon, *what;
	size_t whole_bytes = bytes, pattern_bytes, action_bytes;
	bool filter, trigger;

	pattern = word_take(&text, &bytes, &pattern_bytes);
	action = word_take(&text, &bytes, &action_bytes);
	colon = memchr(pattern, ':', pattern_bytes);
	filter = word_is(action, action_bytes, "filter");
	trigger = word_is(action, action_bytes, "trigger");
	if (!colon || !(filter || trigger || word_is(action, action_bytes, "enable")) ||
	    (filter || trigger) != (bytes != 0))
		return refuse(request, expected, whole, whole_bytes);
	line->system_bytes = (size_t)(colon - pattern);
	line->event_bytes = pattern_bytes - line->system_bytes - 1;
	if (!is_pattern(pattern, line->system_bytes) || !is_pattern(colon + 1, line->event_bytes))
		return refuse(request, "Invalid system or event name", whole, whole_bytes);
	if (asprintf(&line->text, "%.*s %.*s%s%.*s", (int)pattern_bytes, pattern, (int)action_bytes,
		     action, bytes ? " " : "", (int)bytes, text) < 0) {
		line->text = NULL;
		return -ENOMEM;
	}
	what = line->text + pattern_bytes + action_bytes + 2;
	if (!bytes || line->remove)
		return 0;
	return trigger ? trigger_compile(request, line, what, trace)
		       : filter_compile(request, line, what, trace->arena.nr_cpus);
}

static int request_parse(struct request *request, const char *buf, size_t len_bytes,
			 struct utfs_trace *trace)
{
	int ret = 0;

	request->lines = calloc(RULES_MAX, sizeof(*request->lines));
	if (!request->lines)
		return -ENOMEM;
	while (!ret && len_bytes) {
		const char *newline = memchr(buf, '\n', len_bytes);
		size_t step = newline ? (size_t)(newline - buf) + 1 : len_bytes;
		size_t bytes = step;
		const char *text = utfs_parse_strip(buf, &bytes);
		struct line *line = &request->lines[request->n];

		buf += step;
		len_bytes -= step;
		if (!bytes || *text == '#')
			continue;
		if (memchr(text, '\0', bytes))
			return -EINVAL;
		if (request->n == RULES_MAX)
			return -E2BIG;
		request->n++;
		line->remove = *text == '!';
		text += line->remove;
		bytes -= line->remove;
		ret = rule_parse(request, line, text, bytes, trace);
	}
	return ret;
}

/* The rules under construction: as large as an object can be. */
struct draft {
	struct utfs_pending_rules *rules;
	uint32_t bytes;
};

static struct utfs_pending_rule *draft_rule(const struct draft *draft, uint32_t at)
{
	return (struct utfs_pending_rule *)(void *)((char *)draft->rules + at);
}

/* Return: offset of the rule with this text; 0: there is none. */
static uint32_t draft_find(const struct draft *draft, const char *text)
{
	for (uint32_t at = sizeof(*draft->rules); at < draft->bytes;
	     at += draft_rule(draft, at)->bytes) {
		const struct utfs_pending_rule *rule = draft_rule(draft, at);

		if (rule->text_bytes == strlen(text) && !memcmp(rule->text, text, rule->text_bytes))
			return at;
	}
	return 0;
}

static int draft_append(struct draft *draft, const struct utfs_pending_rule *rule)
{
	if (rule->bytes > UTFS_BLOB_MAX - draft->bytes)
		return -E2BIG;
	memcpy(draft_rule(draft, draft->bytes), rule, rule->bytes);
	draft->bytes += rule->bytes;
	draft->rules->nr_rules++;
	return 0;
}

static int draft_add(struct draft *draft, struct line *line)
{
	const size_t text_bytes = strlen(line->text);
	const size_t program = (sizeof(struct utfs_pending_rule) + text_bytes + 7) / 8 * 8;
	const size_t program_bytes = line->program ? (line->program->object.bytes + 7) / 8 * 8 : 0;
	const size_t trigger = program + program_bytes;
	const size_t trigger_bytes = line->trigger.kind ? sizeof(line->trigger) : 0;
	struct utfs_pending_rule *rule;

	if (draft_find(draft, line->text))
		return 0;
	if (trigger + trigger_bytes > UTFS_BLOB_MAX - draft->bytes)
		return -E2BIG;
	line->added_at = draft->bytes;
	rule = draft_rule(draft, draft->bytes);
	*rule = (struct utfs_pending_rule){
		.bytes = (uint32_t)(trigger + trigger_bytes),
		.system_bytes = (uint32_t)line->system_bytes,
		.event_bytes = (uint32_t)line->event_bytes,
		.text_bytes = (uint32_t)text_bytes,
		.program = line->program ? (uint32_t)program : 0,
		.trigger = line->trigger.kind ? (uint32_t)trigger : 0,
	};
	memcpy(rule->text, line->text, text_bytes);
	if (line->program)
		memcpy((char *)rule + program, line->program, line->program->object.bytes);
	if (trigger_bytes)
		memcpy((char *)rule + trigger, &line->trigger, sizeof(line->trigger));
	draft->bytes += rule->bytes;
	draft->rules->nr_rules++;
	return 0;
}

static int draft_remove(struct draft *draft, struct line *lines, size_t n, const char *text)
{
	uint32_t at = draft_find(draft, text), bytes;

	if (!at)
		return -ENOENT;
	bytes = draft_rule(draft, at)->bytes;
	draft->bytes -= bytes;
	memmove(draft_rule(draft, at), (const char *)draft_rule(draft, at) + bytes,
		draft->bytes - at);
	memset((char *)draft->rules + draft->bytes, 0, bytes);
	draft->rules->nr_rules--;
	for (size_t i = 0; i < n; i++) {
		if (lines[i].added_at == at)
			lines[i].added_at = 0;
		else if (lines[i].added_at > at)
			lines[i].added_at -= bytes;
	}
	return 0;
}

/* What a rule that is new says of the events that are there. */
static int rule_apply(struct utfs_trace *trace, uint32_t slot, const struct utfs_pending_rule *rule)
	UTFS_REQUIRES(trace->arena.event_mutex)
{
	struct utfs_event_walk walk = {0};
	int ret = 0;

	while (!ret && utfs_event_walk_next(trace, 0, &walk))
		ret = utfs_pending_apply_rule(&trace->arena, slot, rule, walk.id);
	return ret;
}

static int request_install(struct utfs_trace *trace, uint32_t slot, struct request *request,
			   struct draft *draft) UTFS_REQUIRES(trace->arena.event_mutex)
{
	const struct utfs_pending_rule *known = NULL;
	/* First of all: it commits what was changed before it. */
	int ret = utfs_ring_create(&trace->arena, slot);

	for (size_t i = 0; !ret && i < request->n; i++)
		if (request->lines[i].trigger.kind && request->lines[i].command->prepare)
			ret = request->lines[i].command->prepare(trace, slot);
	while (!ret && (known = utfs_pending_next(&trace->arena, slot, known)))
		ret = draft_append(draft, known);
	for (size_t i = 0; !ret && i < request->n; i++)
		ret = request->lines[i].remove
			      ? draft_remove(draft, request->lines, i, request->lines[i].text)
			      : draft_add(draft, &request->lines[i]);
	if (ret)
		return ret;
	draft->rules->object = (struct utfs_object){UTFS_MAGIC_PENDING, draft->bytes};
	ret = utfs_pending_set(&trace->arena, slot, draft->rules->nr_rules ? draft->rules : NULL);
	for (size_t i = 0; !ret && i < request->n; i++)
		if (request->lines[i].added_at)
			ret = rule_apply(trace, slot,
					 draft_rule(draft, request->lines[i].added_at));
	return ret;
}

static int request_do(struct utfs_trace *trace, struct eventfs_key key, struct request *request,
		      struct draft *draft)
{
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, request_install(trace, slot, request, draft));
}

static int request_log(struct utfs_trace *trace, struct eventfs_key key,
		       const struct request *request)
{
	const struct utfs_error error = {
		.time_ns = utfs_clock_read(&trace->arena, UTFS_CLOCK_LOCAL),
		.location = request->location ? request->location : "pending_events",
		.message = request->message,
		.command = request->command,
		.command_bytes = strlen(request->command),
		.position = request->position,
	};
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_errors_add(&trace->arena, slot, &error));
}

static ssize_t pending_store(void *ctx, struct eventfs_key key, const struct eventfs_request *req,
			     const char *buf, size_t len_bytes, off_t off)
{
	struct utfs_trace *trace = ctx;
	struct draft draft = {calloc(1, UTFS_BLOB_MAX), sizeof(struct utfs_pending_rules)};
	struct request request = {0};
	int ret = draft.rules ? request_parse(&request, buf, len_bytes, trace) : -ENOMEM;

	(void)req;
	(void)off;
	if (ret && request.message)
		(void)request_log(trace, key, &request);
	if (!ret && request.n)
		ret = request_do(trace, key, &request, &draft);
	request_free(&request);
	free(draft.rules);
	return ret ? ret : (ssize_t)len_bytes;
}

static int pending_show(void *ctx, struct eventfs_key key, struct eventfs_text *out)
{
	struct utfs_trace *trace = ctx;
	const struct utfs_pending_rule *rule = NULL;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	if (ret)
		return ret;
	while ((rule = utfs_pending_next(&trace->arena, slot, rule))) {
		eventfs_text_write(out, rule->text, rule->text_bytes);
		eventfs_text_putc(out, '\n');
	}
	return utfs_tx_end(&trace->arena, 0);
}

static int pending_truncate(void *ctx, struct eventfs_key key, const struct eventfs_request *req)
{
	struct utfs_trace *trace = ctx;
	uint32_t slot;
	int ret = utfs_trace_begin(trace, key, &slot);

	(void)req;
	if (ret)
		return ret;
	return utfs_tx_end(&trace->arena, utfs_pending_set(&trace->arena, slot, NULL));
}

const struct eventfs_file_ops utfs_file_pending_events = {
	.show = pending_show,
	.store = pending_store,
	.truncate_open = pending_truncate,
};
