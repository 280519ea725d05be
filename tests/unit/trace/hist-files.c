/* SPDX-License-Identifier: MIT */
/*
 * hist triggers and events/SYSTEM/EVENT/hist: what Linux 6.12 answers, says in error_log and lists, text by text; that what is
 * wrong changes nothing; and the life of a histogram, named ones too.
 */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "ring/section.h"

#define EVENT	"events/user_events/hh"
#define TRIGGER EVENT "/trigger"
#define OTHER	"events/user_events/other/trigger"
#define FIELDS	"u64 key; int value; char name[8]; __data_loc char[] text"

enum location { HIST, FILTER };

static const struct wrong {
	const char *text;
	int answer;
	struct {
		enum location location;
		const char *message;
		unsigned int caret;
	} errors[2];
} wrongs[] = {
	{"hist", -EINVAL, {}},
	{"hist:", -EINVAL, {}},
	{"hist:keys=", -EINVAL, {{HIST, "Empty assignment", 5}}},
	{"hist:key=nofield", -EINVAL, {{HIST, "Couldn't find field", 9}}},
	{"hist:keys=key,nofield", -EINVAL, {{HIST, "Couldn't find field", 14}}},
	{"hist:keys=nofield.hex", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist:keys=key.foo", -EINVAL, {{HIST, "Invalid field modifier", 14}}},
	{"hist:keys=key.", -EINVAL, {{HIST, "Invalid field modifier", 0}}},
	{"hist:keys=key.hexx", -EINVAL, {{HIST, "Invalid field modifier", 14}}},
	{"hist:keys=value.execname", -EINVAL, {{HIST, "Invalid field modifier", 16}}},
	{"hist:keys=common_pid.execnames", -EINVAL, {{HIST, "Invalid field modifier", 21}}},
	{"hist:keys=key.buckets", -EINVAL, {{HIST, "Invalid field modifier", 0}}},
	{"hist:keys=key.buckets=", -EINVAL, {{HIST, "Invalid field modifier", 0}}},
	{"hist:keys=key.buckets=0", -EINVAL, {{HIST, "Invalid field modifier", 22}}},
	{"hist:keys=key.buckets=x", -EINVAL, {{HIST, "Invalid field modifier", 22}}},
	{"hist:keys=key.bucket", -EINVAL, {{HIST, "Invalid field modifier", 0}}},
	{"hist:keys=key.bucket10", -EINVAL, {{HIST, "Invalid field modifier", 20}}},
	{"hist:keys=key.percent", -EINVAL, {{HIST, "Invalid field modifier", 14}}},
	{"hist:keys=key.graph", -EINVAL, {{HIST, "Invalid field modifier", 14}}},
	{"hist:keys=key.hex.log2", -EINVAL, {{HIST, "Couldn't find field", 18}}},
	{"hist:keys=key,value,name,text", -EINVAL, {}},
	{"hist:keys=name,text,text", -EINVAL, {}},
	{"hist:keys=text,text", -EINVAL, {}},
	{"hist:keys=key:vals=nofield", -EINVAL, {{HIST, "Couldn't find field", 19}}},
	{"hist:keys=key:vals=value.log2", -EINVAL, {{HIST, "Invalid field modifier", 19}}},
	{"hist:keys=key:vals=value.buckets=10", -EINVAL, {{HIST, "Invalid field modifier", 19}}},
	{"hist:keys=key:vals=value.sym", -EINVAL, {{HIST, "Invalid field modifier", 19}}},
	{"hist:keys=key:vals=value.sym-offset", -EINVAL, {{HIST, "Invalid field modifier", 0}}},
	{"hist:keys=key:vals=value.syscall", -EINVAL, {{HIST, "Invalid field modifier", 19}}},
	{"hist:keys=key:vals=common_stacktrace", -EINVAL, {{HIST, "Invalid field modifier", 19}}},
	{"hist:keys=key:vals=value.foo", -EINVAL, {{HIST, "Invalid field modifier", 25}}},
	{"hist:keys=key:vals=value,key,value", -EINVAL, {}},
	{"hist:keys=key:vals=value,key,hitcount,value", -EINVAL, {}},
	{"hist:keys=key:vals=", -EINVAL, {{HIST, "Empty assignment", 14}}},
	{"hist:keys=key:val=nofield", -EINVAL, {{HIST, "Couldn't find field", 18}}},
	{"hist:keys=key:sort=", -EINVAL, {{HIST, "Empty assignment", 14}}},
	{"hist:keys=key:sort=nofield", -EINVAL, {{HIST, "Sort field must be a key or a val", 19}}},
	{"hist:keys=key:sort=value", -EINVAL, {{HIST, "Sort field must be a key or a val", 19}}},
	{"hist:keys=key:sort=key,", -EINVAL, {{HIST, "Empty sort field", 14}}},
	{"hist:keys=key:sort=,key", -EINVAL, {{HIST, "Empty sort field", 14}}},
	{"hist:keys=key:sort=key,hitcount,value",
	 -EINVAL,
	 {{HIST, "Too many sort fields (Max = 2)", 14}}},
	{"hist:keys=key:sort=key.foo", -EINVAL, {{HIST, "Invalid sort modifier", 23}}},
	{"hist:keys=key:sort=hitcount.up", -EINVAL, {{HIST, "Invalid sort modifier", 28}}},
	{"hist:keys=key:sort=key.descending,hitcount.down",
	 -EINVAL,
	 {{HIST, "Invalid sort modifier", 43}}},
	{"hist:keys=key:sort=.descending", -EINVAL, {{HIST, "Empty sort field", 14}}},
	{"hist:keys=key:sort=key.", -EINVAL, {{HIST, "Invalid sort modifier", 0}}},
	{"hist:keys=key:size=0", -EINVAL, {}},
	{"hist:keys=key:size=", -EINVAL, {{HIST, "Empty assignment", 14}}},
	{"hist:keys=key:size=64", -EINVAL, {}},
	{"hist:keys=key:size=131073", -EINVAL, {}},
	{"hist:keys=key:size=1000000", -EINVAL, {}},
	{"hist:keys=key:size=12x", -EINVAL, {}},
	{"hist:keys=key:size=99999999999999999999", -ERANGE, {}},
	{"hist:keys=key:foo", -EINVAL, {}},
	{"hist:keys=key:", -EINVAL, {}},
	{"hist:keys=key::vals=value", -EINVAL, {}},
	{"hist:keys=key:pauses", -EINVAL, {}},
	{"hist:keys=key:clear",
	 -ENOENT,
	 {{HIST, "Can't clear or continue a nonexistent hist trigger", 0}}},
	{"hist:keys=key:cont",
	 -ENOENT,
	 {{HIST, "Can't clear or continue a nonexistent hist trigger", 0}}},
	{"hist:keys=key:continue",
	 -ENOENT,
	 {{HIST, "Can't clear or continue a nonexistent hist trigger", 0}}},
	{"hist:keys=key:nohitcount",
	 -ENOENT,
	 {{HIST, "Non-hitcount value is required for 'nohitcount'", 0}}},
	{"hist:keys=key:vals=hitcount:nohitcount",
	 -ENOENT,
	 {{HIST, "Non-hitcount value is required for 'nohitcount'", 0}}},
	{"hist:keys=key:NOHC",
	 -ENOENT,
	 {{HIST, "Non-hitcount value is required for 'nohitcount'", 0}}},
	{"hist:keys=key:name=", -EINVAL, {{HIST, "Empty assignment", 14}}},
	{"hist:vals=value", -EINVAL, {}},
	{"hist:sort=key", -EINVAL, {}},
	{"hist:name=foo", -EINVAL, {}},
	{"hist:keys=common_timestamp:clock=foo", -EINVAL, {{HIST, "Couldn't set trace_clock", 33}}},
	{"hist:keys=common_timestamp:clock=", -EINVAL, {{HIST, "Empty assignment", 27}}},
	{"hist:keys=key if", -EINVAL, {}},
	{"hist:keys=key if nofield==1", -EINVAL, {{FILTER, "Field not found", 8}}},
	{"hist:keys=key if key==",
	 -EINVAL,
	 {{FILTER, "Invalid value (did you forget quotes)?", 6}}},
	{"hist:keys=key if key==\"x\"", -EINVAL, {{FILTER, "Expecting numeric field", 6}}},
	{"hist:keys=key if name==1", -EINVAL, {{FILTER, "Expecting string field", 7}}},
	{"hist:keys=key if (key==1", -ENOENT, {{FILTER, "Too many '('", 0}}},
	{"hist:keys=key if key ~ 3", -EINVAL, {{FILTER, "Illegal operation for field type", 7}}},
	{"hist:keys=key if key", -EINVAL, {{FILTER, "Invalid operator", 4}}},
	{"hist:keys=keyif key==1", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist:keys=key iff key==1", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist if key==1", -EINVAL, {}},
	{"hist:if key==1", -EINVAL, {}},
	{"hist:keys=comm", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist:keys=COMM", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist:keys=common_comm", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist:keys=$foo",
	 -EINVAL,
	 {{HIST, "Couldn't find variable", 11}, {HIST, "Couldn't find field", 10}}},
	{"hist:keys=a.b.$foo",
	 -EINVAL,
	 {{HIST, "Couldn't find variable", 15}, {HIST, "Couldn't find field", 14}}},
	{"hist:keys=a.b.c", -EINVAL, {{HIST, "Couldn't find field", 14}}},
	{"hist:keys=1x", -EINVAL, {{HIST, "Expecting numeric literal", 10}}},
	{"hist:keys=key+", -EINVAL, {}},
	{"hist:keys=-key", -EINVAL, {}},
	{"hist:keys=-(key)+1",
	 -EINVAL,
	 {{HIST, "Unary minus not supported in sub-expressions", 12}}},
	{"hist:keys=name+1",
	 -EINVAL,
	 {{HIST, "String type can not be an operand in expression", 10}}},
	{"hist:keys=key/0", -EDOM, {{HIST, "Division by zero", 14}}},
	{"hist:keys=key+value+key+value+key",
	 -EINVAL,
	 {{HIST, "Too many subexpressions (3 max)", 5}}},
	{"hist:keys=key+name",
	 -EINVAL,
	 {{HIST, "String type can not be an operand in expression", 14}}},
	{"hist:keys=common_timestamp-common_timestamp.usecs",
	 -EINVAL,
	 {{HIST, "Timestamp units in expression don't match", 0}}},
	{"hist:keys=key:x=", -EINVAL, {{HIST, "Empty assignment", 14}}},
	{"hist:keys=key:onmatch", -EINVAL, {}},
	{"hist:keys=key:onfoo(x)", -EINVAL, {}},
	{"hist:keys=key:x=1,y", -EINVAL, {{HIST, "Malformed assignment", 7}}},
	{"hist:keys=array", -EINVAL, {{HIST, "Couldn't find field", 10}}},
	{"hist:keys=key,", -EINVAL, {{HIST, "Couldn't find field", 0}}},
	{"hist:keys=,key", -EINVAL, {{HIST, "Couldn't find field", 0}}},
	{"hist:keys=key.stacktrace", -EINVAL, {{HIST, "Invalid field modifier", 10}}},
};

/* Writes it and what is listed. */
static const struct right {
	const char *text, *listed;
} rights[] = {
	{"hist:keys=key", "hist:keys=key:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:key=key,value",
	 "hist:keys=key,value:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key.hex:val=value:sort=key",
	 "hist:keys=key.hex:vals=hitcount,value:sort=key.hex:size=2048 [active]\n"},
	{"hist:keys=value.buckets=5,name:vals=hitcount,value:sort=value.descending,hitcount:size="
	 "200",
	 "hist:keys=value.buckets=5,name:vals=hitcount,value:sort=value.descending,hitcount:size="
	 "256 "
	 "[active]\n"},
	{"hist:keys=key.sym-offset",
	 "hist:keys=key.sym-offset:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key.sym,common_pid.execname,common_cpu",
	 "hist:keys=key.sym,common_pid.execname,common_cpu:vals=hitcount:sort=hitcount:size=2048 "
	 "[active]\n"},
	{"hist:keys=cpu", "hist:keys=common_cpu:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=CPU:sort=CPU",
	 "hist:keys=common_cpu:vals=hitcount:sort=common_cpu:size=2048 [active]\n"},
	{"hist:keys=stacktrace",
	 "hist:keys=common_stacktrace:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=common_stacktrace:sort=common_stacktrace",
	 "hist:keys=common_stacktrace:vals=hitcount:sort=common_stacktrace:size=2048 [active]\n"},
	{"hist:keys=common_timestamp", "hist:keys=common_timestamp:vals=hitcount:sort=hitcount:"
				       "size=2048:clock=global [active]\n"},
	{"hist:keys=common_timestamp.usecs:clock=mono",
	 "hist:keys=common_timestamp.usecs:vals=hitcount:sort=hitcount:size=2048:clock=mono "
	 "[active]\n"},
	{"hist:keys=hitcount",
	 "hist:keys=hitcount:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key:vals=hitcount,hitcount",
	 "hist:keys=key:vals=hitcount,hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=text,value:sort=text.ascending",
	 "hist:keys=text,value:vals=hitcount:sort=text:size=2048 [active]\n"},
	{"hist:keys=common_type,common_flags,common_preempt_count",
	 "hist:keys=common_type,common_flags,common_preempt_count:vals=hitcount:sort=hitcount:"
	 "size=2048 [active]\n"},
	{"hist:keys=key:name=foo:vals=value if key == 1",
	 "hist:name=foo:keys=key:vals=hitcount,value:sort=hitcount:size=2048 if key == 1 "
	 "[active]\n"},
	{"hist:keys=key.syscall",
	 "hist:keys=key.syscall:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key.usecs",
	 "hist:keys=key.usecs:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key:size=0x80",
	 "hist:keys=key:vals=hitcount:sort=hitcount:size=128 [active]\n"},
	{"hist:keys=key:size=0200",
	 "hist:keys=key:vals=hitcount:sort=hitcount:size=128 [active]\n"},
	{"hist:keys=key:clock=foo:vals=value",
	 "hist:keys=key:vals=hitcount,value:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=1", "hist:keys=1:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=0x10,key", "hist:keys=16,key:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key.hex:sort=key.descending",
	 "hist:keys=key.hex:vals=hitcount:sort=key.hex.descending:size=2048 [active]\n"},
	{"hist:keys=name.hex",
	 "hist:keys=name.hex:vals=hitcount:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=key:vals=value if value > 3 && name == \"a\"",
	 "hist:keys=key:vals=hitcount,value:sort=hitcount:size=2048 if value > 3 && name == \"a\" "
	 "[active]\n"},
	/* What later versions of that kernel take again. */
	{"hist:keys=key:vals=value.graph:NOHC:pause if value>3",
	 "hist:keys=key:vals=value.graph:sort=hitcount:size=2048:nohitcount if value>3 [paused]\n"},
	{"hist:keys=key.log2:vals=value.hex,key.percent:nohitcount",
	 "hist:keys=key.log2:vals=value.hex,key.percent:sort=hitcount:size=2048:nohitcount "
	 "[active]\n"},
};

static int setup(void **state)
{
	struct tree *tree;

	if (tree_setup(state))
		return -1;
	tree = *state;
	return tree_append(tree, "dynamic_events", "u:hh " FIELDS) > 0 &&
			       tree_append(tree, "dynamic_events", "u:other " FIELDS) > 0
		       ? 0
		       : -1;
}

/* Does a file hold a text? */
static bool says(struct tree *tree, const char *path, const char *text)
{
	static char buffer[1 << 16];

	assert_true(tree_read(tree, path, buffer, sizeof(buffer)) >= 0);
	return strstr(buffer, text);
}

/* What error_log says, without times. */
static void log_read(struct tree *tree, char *text, size_t room)
{
	static char raw[1 << 16];
	char *line = raw, *next;

	text[0] = '\0';
	assert_true(tree_read(tree, "error_log", raw, sizeof(raw)) >= 0);
	for (; *line; line = next) {
		const char *from = line;

		next = strchr(line, '\n') + 1;
		if (*line == '[')
			from = strstr(line, "] ") + 2;
		strncat(text, from, (size_t)(next - from));
		assert_true(strlen(text) + 200 < room);
	}
}

static void log_expect(const struct wrong *wrong, char *text, size_t room)
{
	const char *filter = strstr(wrong->text, " if ");

	text[0] = '\0';
	for (int i = 0; i < 2 && wrong->errors[i].message; i++) {
		bool of_filter = wrong->errors[i].location == FILTER;

		snprintf(text + strlen(text), room - strlen(text),
			 "%s: error: %s\n  Command: %s\n           %*s\n",
			 of_filter ? "event filter parse error" : "hist:user_events:hh",
			 wrong->errors[i].message, of_filter ? filter + 4 : wrong->text,
			 (int)wrong->errors[i].caret + 1, "^");
	}
}

static void wrong_ones_change_nothing(void **state)
{
	static char log[1 << 16], expected[4096];
	static const char listed[] =
		"hist:keys=value:vals=hitcount:sort=hitcount:size=2048 [active]\n";
	struct tree *tree = *state;

	assert_true(tree_append(tree, TRIGGER, "hist:keys=value") > 0);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		const struct wrong *wrong = &wrongs[i];
		ssize_t ret;

		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		ret = tree_append(tree, TRIGGER, wrong->text);
		log_read(tree, log, sizeof(log));
		log_expect(wrong, expected, sizeof(expected));
		if (ret != wrong->answer || strcmp(log, expected))
			fail_msg("'%s': %zd\n%s\n%s", wrong->text, ret, log, expected);
		assert_text(tree, TRIGGER, listed);
		assert_true(says(tree, "trace_clock", "[local]"));
	}
	assert_text(tree, EVENT "/enable", "0*\n");
}

static void what_is_right_is_listed(void **state)
{
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++) {
		static char remove[256];

		assert_int_equal(tree_append(tree, TRIGGER, rights[i].text),
				 strlen(rights[i].text));
		assert_text(tree, TRIGGER, rights[i].listed);
		/* Twice is once. */
		if (!strstr(rights[i].text, "pause")) {
			assert_int_equal(tree_append(tree, TRIGGER, rights[i].text), -EEXIST);
			assert_text(tree, TRIGGER, rights[i].listed);
		}
		snprintf(remove, sizeof(remove), "!%s", rights[i].text);
		assert_int_equal(tree_append(tree, TRIGGER, remove), strlen(remove));
		assert_true(says(tree, TRIGGER, "# Available triggers:\n"));
	}
	assert_text(tree, EVENT "/enable", "0\n");
	assert_text(tree, EVENT "/hist", "");
}

static void time_stamps_set_the_clock(void **state)
{
	struct tree *tree = *state;

	assert_true(tree_append(tree, TRIGGER, "hist:keys=common_timestamp:clock=mono_raw") > 0);
	assert_true(says(tree, "trace_clock", "[mono_raw]"));
}

static void triggers_are_paused_and_emptied(void **state)
{
	static const char text[] = "hist:keys=key:vals=hitcount:sort=hitcount:size=2048";
	struct tree *tree = *state;
	char expected[512];

	assert_true(tree_append(tree, TRIGGER, "hist:keys=key:pause") > 0);
	snprintf(expected, sizeof(expected), "%s [paused]\n", text);
	assert_text(tree, TRIGGER, expected);
	assert_true(tree_append(tree, TRIGGER, "hist:keys=key:cont") > 0);
	snprintf(expected, sizeof(expected), "%s [active]\n", text);
	assert_text(tree, TRIGGER, expected);
	assert_true(tree_append(tree, TRIGGER, "hist:keys=key:pause") > 0);
	assert_true(tree_append(tree, TRIGGER, "hist:keys=key:clear") > 0);
	snprintf(expected, sizeof(expected),
		 "# event histogram\n#\n# trigger info: %s [paused]\n#\n\n"
		 "\nTotals:\n    Hits: 0\n    Entries: 0\n    Dropped: 0\n",
		 text);
	assert_text(tree, EVENT "/hist", expected);
	/* Another filter is another trigger. */
	assert_int_equal(tree_append(tree, TRIGGER, "hist:keys=key:clear if key == 1"), -ENOENT);
	/* O_TRUNC takes histograms away. */
	assert_int_equal(tree_write(tree, TRIGGER, ""), 0);
	assert_true(says(tree, TRIGGER, "# Available triggers:\n"));
}

static void named_ones_are_shared(void **state)
{
	struct tree *tree = *state;
	static char log[4096];

	assert_true(tree_append(tree, TRIGGER, "hist:keys=key:name=foo") > 0);
	assert_true(tree_append(tree, OTHER, "hist:keys=key:name=foo if key > 3") > 0);
	assert_text(tree, OTHER,
		    "hist:name=foo:keys=key:vals=hitcount:sort=hitcount:size=2048 "
		    "if key > 3 [active]\n");
	assert_int_equal(tree_append(tree, OTHER, "hist:keys=value:name=foo"), -EINVAL);
	log_read(tree, log, sizeof(log));
	assert_string_equal(log, "hist:user_events:other: error: Named hist trigger doesn't match "
				 "existing named trigger (includes variables)\n"
				 "  Command: hist:keys=value:name=foo\n"
				 "                           ^\n");
	assert_int_equal(tree_append(tree, TRIGGER, "hist:keys=key:name=bar:clear"), -ENOENT);
	assert_true(tree_append(tree, TRIGGER, "hist:keys=key:name=foo:pause") > 0);
	assert_true(says(tree, TRIGGER, "[paused]"));
	assert_true(says(tree, OTHER, "[active]"));
	assert_true(tree_append(tree, TRIGGER, "!hist:keys=key:name=foo") > 0);
	/* The other one still has it. */
	assert_int_equal(tree_append(tree, TRIGGER, "hist:keys=name:name=foo"), -EINVAL);
	assert_true(tree_append(tree, OTHER, "!hist:keys=key:name=foo if key > 3") > 0);
	assert_true(tree_append(tree, TRIGGER, "hist:keys=name:name=foo") > 0);
}

static uint64_t used_bytes(struct tree *tree)
{
	struct utfs_arena *arena = &tree->trace->arena;
	uint64_t used;

	assert_int_equal(utfs_section_reap(arena), 0);
	assert_int_equal(utfs_tx_begin(arena), 0);
	used = utfs_arena_used_bytes(arena);
	assert_int_equal(utfs_tx_end(arena, 0), 0);
	return used;
}

static void nothing_is_left_of_what_is_removed(void **state)
{
	struct tree *tree = *state;
	uint64_t used = 0;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
		assert_true(tree_append(tree, TRIGGER, "hist:keys=key:name=foo") > 0);
		assert_true(tree_append(tree, "instances/a/" TRIGGER, "hist:keys=key:name=foo") >
			    0);
		assert_true(tree_append(tree, "instances/a/" TRIGGER, "hist:keys=value") > 0);
		assert_true(tree_append(tree, TRIGGER, "hist:keys=key:name=foo:clear") > 0);
		assert_int_equal(tree_rmdir(tree, "instances/a"), 0);
		assert_true(tree_append(tree, TRIGGER, "!hist:keys=key:name=foo") > 0);
		assert_false(tree->trace->arena.header->hist_plans);
		if (i)
			assert_int_equal(used_bytes(tree), used);
		used = used_bytes(tree);
	}
	/* An event goes with its histograms, when nobody asks for it any more. */
	assert_true(tree_append(tree, TRIGGER, "hist:keys=key") > 0);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:hh"), -EBUSY);
	assert_true(tree_append(tree, TRIGGER, "!hist:keys=key") > 0);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:hh"), 4);
}

static void open_files_pin_the_instance(void **state)
{
	static const char *const files[] = {EVENT "/hist", EVENT "/hist_debug"};
	struct tree *tree = *state;
	struct eventfs_file *file;
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "instances/a/%s", files[i]);
		assert_int_equal(tree_mkdir(tree, "instances/a"), 0);
		assert_int_equal(tree_handle(tree, path, O_RDONLY, &file), 0);
		assert_int_equal(tree_rmdir(tree, "instances/a"), -EBUSY);
		eventfs_release(file);
		assert_int_equal(tree_rmdir(tree, "instances/a"), 0);
	}
}

static void debug_describes_the_fields(void **state)
{
	static char text[8192];
	struct tree *tree = *state;

	assert_true(tree_append(tree, TRIGGER, "hist:keys=key,name:vals=value") > 0);
	assert_true(tree_read(tree, EVENT "/hist_debug", text, sizeof(text)) > 0);
	assert_non_null(strstr(text,
			       "\n  n_vals: 2\n  n_keys: 2\n  n_fields: 4\n\n  val fields:\n\n"
			       "    hist_data->fields[0]:\n      flags:\n"
			       "        VAL: HIST_FIELD_FL_HITCOUNT\n      type: u64\n"
			       "      size: 8\n      is_signed: 0\n\n"
			       "    hist_data->fields[1]:\n      flags:\n"
			       "        VAL: normal u64 value\n"
			       "      ftrace_event_field name: value\n      type: int\n"
			       "      size: 4\n      is_signed: 1\n\n  key fields:\n\n"
			       "    hist_data->fields[2]:\n      flags:\n"
			       "        HIST_FIELD_FL_KEY\n"
			       "      ftrace_event_field name: key\n      type: u64\n"
			       "      size: 8\n      is_signed: 0\n\n"
			       "    hist_data->fields[3]:\n"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		T(wrong_ones_change_nothing),	T(what_is_right_is_listed),
		T(time_stamps_set_the_clock),	T(triggers_are_paused_and_emptied),
		T(named_ones_are_shared),	T(nothing_is_left_of_what_is_removed),
		T(open_files_pin_the_instance), T(debug_describes_the_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
