/* SPDX-License-Identifier: MIT */
/*
 * Variables of histograms, handlers and actions: what Linux 6.12 answers, says in error_log and lists, for the same commands on events
 * with the same fields; that what is wrong changes nothing; what is in use; and what readers are shown of it.
 */
#include "tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define SWITCH "events/sched/sched_switch/trigger"
#define WAKING "events/sched/sched_waking/trigger"
#define START  "hist:keys=pid:ts0=common_timestamp.usecs,prio0=prio,cm=comm"

static const struct wrong {
	const char *text;
	int answer;
	struct {
		const char *message;
		unsigned int caret;
	} errors[4];
} wrongs[] = {
	{"hist:keys=next_pid:onmatch(sched.sched_waking).wl($nosuch,next_pid,next_prio)",
	 -EINVAL,
	 {{"Couldn't find param", 51}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).nosuch(next_pid)",
	 -EINVAL,
	 {{"Couldn't find synthetic event", 47}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).trace(nosuch,next_pid)",
	 -EINVAL,
	 {{"Couldn't find synthetic event", 53}}},
	{"hist:keys=next_pid:onmatch(sched.nosuch).wl(next_pid)",
	 -EINVAL,
	 {{"Invalid subsystem or event name", 33}}},
	{"hist:keys=next_pid:onmatch(sched).wl(next_pid)", -EINVAL, {{"Missing subsystem", 27}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking",
	 -EINVAL,
	 {{"No closing paren found", 27}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking)", -EINVAL, {{"No action found", 0}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).", -EINVAL, {{"No action found", 0}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).wl", -EINVAL, {{"No action found", 0}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).wl(",
	 -EINVAL,
	 {{"Invalid action param", 0}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).wl()",
	 -EINVAL,
	 {{"Invalid action param", 0}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).wl($lat,x)",
	 -EINVAL,
	 {{"Invalid action param", 12}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).wl($lat,"
	 "next_pid)",
	 -EINVAL,
	 {{"Param count doesn't match synthetic event field count", 79}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).wl($lat,"
	 "next_pid,next_prio,prev_prio)",
	 -EINVAL,
	 {{"Param type doesn't match synthetic event field type", 106}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).wl($lat,"
	 "next_comm,next_prio)",
	 -EINVAL,
	 {{"Param type doesn't match synthetic event field type", 87}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).wl($lat,"
	 "nofield,next_prio)",
	 -EINVAL,
	 {{"Couldn't find field", 87},
	  {"Couldn't parse field variable", 87},
	  {"Couldn't find field", 87},
	  {"Couldn't create histogram for field", 87}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).save(next_"
	 "pid)",
	 -EINVAL,
	 {{"Handler doesn't support action", 79}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).snapshot("
	 ")",
	 -EINVAL,
	 {{"Handler doesn't support action", 79}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax(lat).save(next_pid)",
	 -EINVAL,
	 {{"For onmax(x) or onchange(x), x must be a variable", 19}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($nosuch).save(next_pid)",
	 -EINVAL,
	 {{"Couldn't find onmax or onchange variable", 58}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat).save(nofield)",
	 -EINVAL,
	 {{"Couldn't find field", 68},
	  {"Couldn't parse field variable", 68},
	  {"Couldn't create field variable", 68}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat).save()",
	 -EINVAL,
	 {{"Invalid action param", 0}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat).save",
	 -EINVAL,
	 {{"No action found", 0}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat)",
	 -EINVAL,
	 {{"No action found", 0}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat", -EINVAL, {}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat).snapshot(",
	 -EINVAL,
	 {{"No closing paren found", 0}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat).save(next_pid):onmax($lat)"
	 ".save(prev_pid)",
	 -EEXIST,
	 {{"Can't have more than one save() action per hist", 0}}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:foo($lat).save(next_pid)",
	 -EINVAL,
	 {}},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0,lat=next_pid",
	 -EINVAL,
	 {{"Variable already defined", 19}}},
	{"hist:keys=next_pid:lat", -EINVAL, {}},
	{"hist:keys=next_pid:lat=next_pid,y", -EINVAL, {{"Malformed assignment", 7}}},
	{"hist:keys=next_pid:lat=", -EINVAL, {{"Empty assignment", 19}}},
	{"hist:keys=next_pid:lat=common_timestamp-$ts0",
	 -EINVAL,
	 {{"Timestamp units in expression don't match", 0}}},
	{"hist:keys=next_pid:lat=next_comm+1",
	 -EINVAL,
	 {{"String type can not be an operand in expression", 23}}},
	{"hist:keys=next_pid:lat=next_pid/0", -EDOM, {{"Division by zero", 32}}},
	{"hist:keys=next_pid:lat=1+2+3+4+5", -EINVAL, {{"Too many subexpressions (3 max)", 23}}},
	{"hist:keys=next_pid:lat=-next_pid", -EINVAL, {}},
	{"hist:keys=next_pid:lat=-(next_pid)+1",
	 -EINVAL,
	 {{"Unary minus not supported in sub-expressions", 25}}},
	{"hist:keys=next_pid:lat=12abc", -EINVAL, {{"Expecting numeric literal", 23}}},
	{"hist:keys=$ts0", -EINVAL, {{"Using variable references in keys not supported", 10}}},
	{"hist:keys=next_pid:lat=sched.sched_wakeup.$ts0",
	 -EINVAL,
	 {{"Couldn't find variable", 43}, {"Couldn't find field", 42}}},
	{"hist:keys=next_pid:lat=$nosuch",
	 -EINVAL,
	 {{"Couldn't find variable", 24}, {"Couldn't find field", 23}}},
	{"hist:keys=next_pid:lat=$", -EINVAL, {{"Couldn't find field", 23}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).one(x)",
	 -EINVAL,
	 {{"Invalid action param", 12}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).one(target_cpu)",
	 -EINVAL,
	 {{"Couldn't find field", 51},
	  {"Couldn't parse field variable", 51},
	  {"Param type doesn't match synthetic event field type", 51}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).wl(sched.$ts0,next_pid,next_prio)",
	 -EINVAL,
	 {}},
	{"hist:keys=next_pid:a=$ts0,b=$a+1:onmatch(sched.sched_waking).one($b)",
	 -EINVAL,
	 {{"Couldn't find variable", 19}, {"Couldn't find field", 28}}},
	{"hist:keys=next_pid:a=next_pid,b=$a+1,c=$b",
	 -EINVAL,
	 {{"Couldn't find variable", 30}, {"Couldn't find field", 39}}},
	{"hist:keys=next_pid:v1=1,v2=1,v3=1,v4=1,v5=1,v6=1,v7=1,v8=1,v9=1,v10=1,v11=1,v12=1,v13=1,"
	 "v14=1,v15=1,v16=next_prio:onmatch(sched.sched_waking).wl(prev_prio,next_pid,next_prio)",
	 -EINVAL,
	 {{"Couldn't create or find variable", 145},
	  {"Couldn't find field", 145},
	  {"Couldn't create histogram for field", 145}}},
	/* Fields of other events. */
	{"hist:keys=next_pid:onmatch(sched.sched_waking).trace(one,sched.sched_waking.prio)",
	 -EINVAL,
	 {{"Param type doesn't match synthetic event field type", 76}}},
	{"hist:keys=next_comm:onmatch(sched.sched_waking).trace(oi,prio)",
	 -EINVAL,
	 {{"Couldn't find field", 57},
	  {"Couldn't parse field variable", 57},
	  {"Matching event histogram not found", 57}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).trace(oi,sched.nosuch.prio)",
	 -EINVAL,
	 {{"Event file not found", 69}}},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).trace(oi,sched.sched_wakeup.prio)",
	 -EINVAL,
	 {{"Matching event histogram not found", 75}}},
	{"hist:keys=next_pid:x=next_prio:onmax($x).trace(oi,prio)",
	 -EINVAL,
	 {{"Couldn't find field", 26}, {"Couldn't parse field variable", 26}}},
};

/* Writes it and what is listed; NULL: the same with what is not said. */
static const struct right {
	const char *text, *listed;
} rights[] = {
	{"hist:keys=next_pid:lat=1+2*3,b=next_pid+1+2,c=2*next_pid*3,d=7/2,e=5",
	 "hist:keys=next_pid:vals=hitcount:lat=7,b=next_pid+1+2,c=2*next_pid*3,d=3,e=5:"
	 "sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=next_pid.hex:x=next_pid.hex,y=next_comm,z=common_cpu,w=common_pid.execname",
	 "hist:keys=next_pid.hex:vals=hitcount:x=next_pid.hex,y=next_comm,z=common_cpu,"
	 "w=common_pid.execname:sort=hitcount:size=2048 [active]\n"},
	{"hist:keys=next_pid:l2=common_timestamp.usecs-$ts0:onmax($l2).trace(one,$l2)",
	 "hist:keys=next_pid:vals=hitcount:l2=common_timestamp.usecs-$ts0:sort=hitcount:size=2048:"
	 "clock=global:onmax($l2).trace(one,$l2) [active]\n"},
	{"hist:keys=next_pid:l2=common_timestamp.usecs-$ts0:onmax($l2).one($l2)",
	 "hist:keys=next_pid:vals=hitcount:l2=common_timestamp.usecs-$ts0:sort=hitcount:size=2048:"
	 "clock=global:onmax($l2).one($l2) [active]\n"},
	{"hist:keys=next_pid:l2=common_timestamp.usecs-$ts0:onmatch(sched.sched_waking).trace(one, "
	 "$l2 )",
	 "hist:keys=next_pid:vals=hitcount:l2=common_timestamp.usecs-$ts0:sort=hitcount:size=2048:"
	 "clock=global:onmatch(sched.sched_waking).trace(one,$l2) [active]\n"},
	{"hist:keys=next_pid:l2=common_timestamp.usecs-$ts0:sort=next_pid:"
	 "onmatch(sched.sched_waking).one(sched.sched_switch.$l2):onmax($l2).save(next_comm)",
	 "hist:keys=next_pid:vals=hitcount:l2=common_timestamp.usecs-$ts0:sort=next_pid:size=2048:"
	 "clock=global:onmatch(sched.sched_waking).one(sched.sched_switch.$l2):"
	 "onmax($l2).save(next_comm) [active]\n"},
	{"hist:name=foo:keys=next_pid:l2=common_timestamp.usecs-$ts0:onmax($l2).save(next_comm)",
	 "hist:name=foo:keys=next_pid:vals=hitcount:l2=common_timestamp.usecs-$ts0:sort=hitcount:"
	 "size=2048:clock=global:onmax($l2).save(next_comm) [active]\n"},
	{"hist:keys=next_pid:l2=common_timestamp.usecs-$ts0:onmax($l2).save(next_comm,prev_pid,"
	 "prev_comm):onchange($l2).snapshot()",
	 "hist:keys=next_pid:vals=hitcount:l2=common_timestamp.usecs-$ts0:sort=hitcount:size=2048:"
	 "clock=global:onmax($l2).save(next_comm,prev_pid,prev_comm):onchange($l2).snapshot() "
	 "[active]\n"},
	{"hist:keys=next_pid:l3=common_timestamp.usecs-$ts0,x=$prio0:onmatch(sched.sched_waking)"
	 ".trace(nm,next_comm,prev_comm,$l3) if next_pid != 0",
	 "hist:keys=next_pid:vals=hitcount:l3=common_timestamp.usecs-$ts0,x=$prio0:sort=hitcount:"
	 "size=2048:clock=global:onmatch(sched.sched_waking).trace(nm,next_comm,prev_comm,$l3) "
	 "if next_pid != 0 [active]\n"},
	{"hist:keys=next_pid:onmatch(sched.sched_waking).nm($cm,$cm,sched.sched_waking.$ts0)",
	 NULL},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onmax($lat).save(next_pid", NULL},
	{"hist:keys=next_pid:lat=common_timestamp.usecs-$ts0:onchange($lat).save(next_pid):"
	 "onmax($lat).trace(one,$lat)",
	 NULL},
	{"hist:keys=next_pid:vals=$ts0", NULL},
	{"hist:keys=next_pid:vals=next_pid+1", NULL},
	{"hist:keys=next_pid:lat=sched.sched_waking.$ts0", NULL},
};

static void run(struct tree *tree, const char *path, const char *text)
{
	ssize_t ret = tree_append(tree, path, text);

	if (ret != (ssize_t)strlen(text))
		fail_msg("'%s': %zd", text, ret);
}

static int setup(void **state)
{
	struct tree *tree;
	int ret = tree_setup(state);

	if (ret)
		return ret;
	tree = *state;
	run(tree, "dynamic_events",
	    "u:sched/sched_switch char[16] prev_comm; int prev_pid; int prev_prio; "
	    "char[16] next_comm; int next_pid; int next_prio\n"
	    "u:sched/sched_waking char[16] comm; int pid; int prio; int target_cpu\n"
	    "u:sched/sched_wakeup char[16] comm; int pid; int prio; int target_cpu\n");
	run(tree, "synthetic_events",
	    "wl u64 lat; pid_t pid; int prio\nnm char comm[16]; char[] dyn; u64 lat\none u64 lat\n"
	    "oi int prio\ntwo int prio; int cpu");
	run(tree, WAKING, START);
	return 0;
}

static void assert_errors(struct tree *tree, const struct wrong *wrong)
{
	static char log[16384], expected[4096];
	const char *at = log;
	size_t n = 0;

	assert_true(tree_read(tree, "error_log", log, sizeof(log)) >= 0);
	for (; n < 4 && wrong->errors[n].message; n++) {
		snprintf(expected, sizeof(expected),
			 "hist:sched:sched_switch: error: %s\n  Command: %s\n           %*s\n",
			 wrong->errors[n].message, wrong->text, (int)wrong->errors[n].caret + 1,
			 "^");
		at = strstr(at, expected);
		if (!at)
			fail_msg("'%s':\n%s\nnot\n%s", wrong->text, log, expected);
		at += strlen(expected);
	}
	if (*at || (!n && *log))
		fail_msg("'%s': more than expected:\n%s", wrong->text, log);
}

static void test_what_is_wrong_is_refused_as_the_kernel_does(void **state)
{
	struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		ssize_t ret;

		assert_int_equal(tree_write(tree, "error_log", ""), 0);
		ret = tree_append(tree, SWITCH, wrongs[i].text);
		if (ret != wrongs[i].answer)
			fail_msg("'%s': %zd", wrongs[i].text, ret);
		assert_errors(tree, &wrongs[i]);
	}
	assert_int_equal(tree_count(tree, SWITCH, "hist:"), 0);
	assert_int_equal(tree_count(tree, WAKING, "hist:"), 1);
	/* Nothing of what failed holds on to anything. */
	run(tree, WAKING, "!" START);
	assert_int_equal(tree_write(tree, "synthetic_events", ""), 0);
}

static void test_what_is_right_is_listed_as_the_kernel_does(void **state)
{
	struct tree *tree = *state;
	char text[512];

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++) {
		run(tree, SWITCH, rights[i].text);
		if (rights[i].listed)
			assert_text(tree, SWITCH, rights[i].listed);
		/* The same again: there is one, or as in the kernel first of all its variables are. */
		assert_true(tree_append(tree, SWITCH, rights[i].text) < 0);
		assert_int_equal(tree_count(tree, SWITCH, "hist:"), 1);
		snprintf(text, sizeof(text), "!%s", rights[i].text);
		run(tree, SWITCH, text);
		assert_int_equal(tree_count(tree, SWITCH, "hist:"), 0);
	}
}

static void test_what_is_in_use_stays(void **state)
{
	static const char user[] = "hist:keys=next_pid:l=common_timestamp.usecs-$ts0:"
				   "onmatch(sched.sched_waking).one($l)";
	struct tree *tree = *state;
	struct eventfs_file *file;

	run(tree, SWITCH, user);
	assert_int_equal(tree_append(tree, "synthetic_events", "!one"), -EBUSY);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:synthetic/one"), -EBUSY);
	assert_int_equal(tree_handle(tree, "synthetic_events", O_WRONLY | O_TRUNC, &file), -EBUSY);
	assert_int_equal(tree_append(tree, WAKING, "!" START), -EBUSY);
	assert_int_equal(tree_append(tree, "dynamic_events", "-:sched/sched_waking"), -EBUSY);
	/* O_TRUNC lets be what is in use. */
	assert_int_equal(tree_write(tree, WAKING, ""), 0);
	assert_int_equal(tree_count(tree, WAKING, "hist:"), 1);
	assert_int_equal(tree_write(tree, SWITCH, ""), 0);
	assert_int_equal(tree_count(tree, SWITCH, "hist:"), 0);
	run(tree, WAKING, "!" START);
	run(tree, "synthetic_events", "!one");
	run(tree, "dynamic_events", "-:sched/sched_waking");
}

static void test_variables_are_those_of_the_instance(void **state)
{
	static const char user[] = "hist:keys=next_pid:l=$ts0";
	struct tree *tree = *state;

	assert_int_equal(tree_mkdir(tree, "instances/i"), 0);
	assert_int_equal(tree_append(tree, "instances/i/" SWITCH, user), -EINVAL);
	run(tree, "instances/i/" WAKING, START);
	run(tree, "instances/i/" SWITCH, user);
	run(tree, WAKING, "!" START);
	/* An instance goes with all that refers to each other in it. */
	assert_int_equal(tree_rmdir(tree, "instances/i"), 0);
	assert_int_equal(tree_write(tree, "synthetic_events", ""), 0);
}

static void test_a_name_that_two_events_have_must_be_qualified(void **state)
{
	struct tree *tree = *state;

	run(tree, "events/sched/sched_wakeup/trigger", "hist:keys=pid:ts0=common_timestamp.usecs");
	assert_int_equal(tree_append(tree, SWITCH, "hist:keys=next_pid:l=$ts0"), -EINVAL);
	assert_int_equal(tree_count(tree, "error_log",
				    "Variable name not unique, need to use fully "
				    "qualified name (subsys.event.var)"),
			 1);
	run(tree, SWITCH, "hist:keys=next_pid:l=sched.sched_wakeup.$ts0");
	run(tree, SWITCH, "hist:keys=next_pid:m=$ts0:onmatch(sched.sched_waking).one($m)");
}

#define CPU_HELPER                                                                                 \
	"hist:keys=pid:vals=hitcount:synthetic_target_cpu=target_cpu:sort=hitcount:size=2048"
#define PRIO_HELPER "hist:keys=pid:vals=hitcount:synthetic_prio=prio:sort=hitcount:size=2048"
#define LISTED_START                                                                               \
	"hist:keys=pid:vals=hitcount:ts0=common_timestamp.usecs,prio0=prio,cm=comm:sort=hitcount:" \
	"size=2048:clock=global [active]\n"

/* What is looked for here before it is found there is said, as the kernel does. */
static void test_a_field_of_the_other_event_makes_a_histogram_there(void **state)
{
	static const char
		both[] =
			"hist:keys=next_pid:onmatch(sched.sched_waking).trace(two,prio,target_cpu)",
		same[] = "hist:keys=next_pid:onmatch(sched.sched_waking).trace(two,prio,prio)";
	struct tree *tree = *state;

	run(tree, SWITCH, both);
	assert_text(tree, WAKING, LISTED_START PRIO_HELPER " [active]\n" CPU_HELPER " [active]\n");
	assert_int_equal(tree_count(tree, "error_log", "Couldn't find field"), 2);
	assert_int_equal(tree_count(tree, "error_log", "Couldn't parse field variable"), 2);
	run(tree, SWITCH, same);
	assert_int_equal(tree_count(tree, WAKING, "hist:"), 3);
	/* They stay as long as somebody reads them, and then go by themselves. */
	assert_int_equal(tree_append(tree, WAKING, "!hist:keys=pid:synthetic_prio=prio"), -EBUSY);
	assert_int_equal(tree_append(tree, SWITCH, both), -EEXIST);
	assert_int_equal(tree_count(tree, WAKING, "hist:"), 3);
	run(tree, WAKING, "!" START);
	assert_int_equal(tree_write(tree, "error_log", ""), 0);
	run(tree, SWITCH,
	    "!hist:keys=next_pid:onmatch(sched.sched_waking).trace(two,prio,target_cpu)");
	assert_text(tree, WAKING, PRIO_HELPER " [active]\n");
	run(tree, SWITCH, "!hist:keys=next_pid:onmatch(sched.sched_waking).trace(two,prio,prio)");
	assert_int_equal(tree_count(tree, WAKING, "hist:"), 0);
	assert_text(tree, "error_log", "");
}

static void test_such_a_histogram_counts_as_one_that_is_there(void **state)
{
	struct tree *tree = *state;

	run(tree, WAKING, "!" START);
	/* The first whose keys go with it; how it shows them does not matter, what it counts by does. */
	run(tree, WAKING, "hist:keys=comm:z=prio");
	run(tree, WAKING, "hist:keys=pid.log2:z2=prio if prio > 3");
	run(tree, WAKING, "hist:keys=pid.hex:z3=prio");
	run(tree, SWITCH, "hist:keys=next_pid:onmatch(sched.sched_waking).trace(oi,prio)");
	assert_int_equal(tree_count(tree, WAKING,
				    "hist:keys=pid.log2:vals=hitcount:synthetic_prio=prio:"
				    "sort=hitcount:size=2048 if prio > 3 [active]\n"),
			 1);
	assert_int_equal(tree_write(tree, SWITCH, ""), 0);
	assert_int_equal(tree_count(tree, WAKING, "synthetic_prio"), 0);
	run(tree, WAKING, "!hist:keys=pid.log2:z2=prio if prio > 3");
	run(tree, SWITCH, "hist:keys=next_pid:onmatch(sched.sched_waking).trace(oi,prio)");
	assert_int_equal(tree_count(tree, WAKING, PRIO_HELPER " [active]\n"), 1);
	/* One that somebody has made himself is taken, and stays. */
	assert_int_equal(tree_write(tree, SWITCH, ""), 0);
	run(tree, WAKING, "hist:keys=pid:synthetic_prio=prio:size=128");
	run(tree, SWITCH, "hist:keys=next_pid:onmatch(sched.sched_waking).trace(oi,prio)");
	assert_int_equal(tree_count(tree, WAKING, "synthetic_prio"), 1);
	assert_int_equal(tree_write(tree, SWITCH, ""), 0);
	assert_int_equal(tree_count(tree, WAKING, "synthetic_prio"), 1);
}

static void test_such_a_histogram_goes_with_its_instance(void **state)
{
	struct tree *tree = *state;

	assert_int_equal(tree_mkdir(tree, "instances/i"), 0);
	run(tree, "instances/i/" WAKING, START);
	run(tree, "instances/i/" SWITCH,
	    "hist:keys=next_pid:onmatch(sched.sched_waking).trace(oi,prio)");
	assert_int_equal(tree_count(tree, "instances/i/" WAKING, "synthetic_prio"), 1);
	assert_int_equal(tree_count(tree, WAKING, "synthetic_prio"), 0);
	assert_int_equal(tree_rmdir(tree, "instances/i"), 0);
	run(tree, WAKING, "!" START);
	run(tree, "dynamic_events", "-:sched/sched_waking");
}

/* As Documentation/trace/histogram-design.rst of the kernel shows it; the digits behind "hist_data: " are left out. */
static const char debugged[] =
	"# event histogram\n"
	"#\n"
	"# trigger info: "
	"hist:keys=next_pid:vals=hitcount:d=common_timestamp.usecs-$ts0,p=$prio0:sort=hitcount:"
	"size=2048:clock=global:onmatch(sched.sched_waking).trace(two,next_prio,target_cpu):onmax($"
	"d).save(prev_prio) [active]\n"
	"#\n"
	"\n"
	"hist_data: \n"
	"\n"
	"  n_vals: 3\n"
	"  n_keys: 1\n"
	"  n_fields: 4\n"
	"\n"
	"  val fields:\n"
	"\n"
	"    hist_data->fields[0]:\n"
	"      flags:\n"
	"        VAL: HIST_FIELD_FL_HITCOUNT\n"
	"      type: u64\n"
	"      size: 8\n"
	"      is_signed: 0\n"
	"\n"
	"    hist_data->fields[1]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR\n"
	"      var.name: d\n"
	"      var.idx (into tracing_map_elt.vars[]): 0\n"
	"      type: u64\n"
	"      size: 8\n"
	"      is_signed: 0\n"
	"\n"
	"    hist_data->fields[2]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR\n"
	"        HIST_FIELD_FL_ALIAS\n"
	"      var.name: p\n"
	"      var.idx (into tracing_map_elt.vars[]): 1\n"
	"      var_ref_idx (into hist_data->var_refs[]): 1\n"
	"      type: int\n"
	"      size: 4\n"
	"      is_signed: 1\n"
	"\n"
	"  key fields:\n"
	"\n"
	"    hist_data->fields[3]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_KEY\n"
	"      ftrace_event_field name: next_pid\n"
	"      type: int\n"
	"      size: 8\n"
	"      is_signed: 1\n"
	"\n"
	"  variable reference fields:\n"
	"\n"
	"    hist_data->var_refs[0]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR_REF\n"
	"      name: ts0\n"
	"      var.idx (into tracing_map_elt.vars[]): 0\n"
	"      var.hist_data: \n"
	"      var_ref_idx (into hist_data->var_refs[]): 0\n"
	"      type: u64\n"
	"      size: 8\n"
	"      is_signed: 0\n"
	"\n"
	"    hist_data->var_refs[1]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR_REF\n"
	"      name: prio0\n"
	"      var.idx (into tracing_map_elt.vars[]): 1\n"
	"      var.hist_data: \n"
	"      var_ref_idx (into hist_data->var_refs[]): 1\n"
	"      type: int\n"
	"      size: 4\n"
	"      is_signed: 1\n"
	"\n"
	"    hist_data->var_refs[2]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR_REF\n"
	"      name: next_prio\n"
	"      var.idx (into tracing_map_elt.vars[]): 2\n"
	"      var.hist_data: \n"
	"      var_ref_idx (into hist_data->var_refs[]): 2\n"
	"      type: int\n"
	"      size: 4\n"
	"      is_signed: 0\n"
	"\n"
	"    hist_data->var_refs[3]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR_REF\n"
	"      name: synthetic_target_cpu\n"
	"      var.idx (into tracing_map_elt.vars[]): 0\n"
	"      var.hist_data: \n"
	"      var_ref_idx (into hist_data->var_refs[]): 3\n"
	"      type: int\n"
	"      size: 4\n"
	"      is_signed: 1\n"
	"\n"
	"    hist_data->var_refs[4]:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR_REF\n"
	"      name: d\n"
	"      var.idx (into tracing_map_elt.vars[]): 0\n"
	"      var.hist_data: \n"
	"      var_ref_idx (into hist_data->var_refs[]): 4\n"
	"      type: u64\n"
	"      size: 8\n"
	"      is_signed: 0\n"
	"\n"
	"  field variables:\n"
	"\n"
	"    hist_data->field_vars[0]:\n"
	"\n"
	"      field_vars[0].var:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR\n"
	"      var.name: next_prio\n"
	"      var.idx (into tracing_map_elt.vars[]): 2\n"
	"\n"
	"      field_vars[0].val:\n"
	"      ftrace_event_field name: next_prio\n"
	"      type: int\n"
	"      size: 4\n"
	"      is_signed: 1\n"
	"\n"
	"  action tracking variables (for onmax()/onchange()/onmatch()):\n"
	"\n"
	"    hist_data->actions[0].match_data.event_system: sched\n"
	"    hist_data->actions[0].match_data.event: sched_waking\n"
	"\n"
	"    hist_data->actions[1].track_data.var_ref:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR_REF\n"
	"      name: d\n"
	"      var.idx (into tracing_map_elt.vars[]): 0\n"
	"      var.hist_data: \n"
	"      var_ref_idx (into hist_data->var_refs[]): 4\n"
	"      type: u64\n"
	"      size: 8\n"
	"      is_signed: 0\n"
	"\n"
	"    hist_data->actions[1].track_data.track_var:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR\n"
	"      var.name: __max\n"
	"      var.idx (into tracing_map_elt.vars[]): 3\n"
	"      type: u64\n"
	"      size: 8\n"
	"      is_signed: 0\n"
	"\n"
	"  save action variables (save() params):\n"
	"\n"
	"    hist_data->save_vars[0]:\n"
	"\n"
	"      save_vars[0].var:\n"
	"      flags:\n"
	"        HIST_FIELD_FL_VAR\n"
	"      var.name: prev_prio\n"
	"      var.idx (into tracing_map_elt.vars[]): 4\n"
	"\n"
	"      save_vars[0].val:\n"
	"      ftrace_event_field name: prev_prio\n"
	"      type: int\n"
	"      size: 4\n"
	"      is_signed: 1\n";

static void test_debug_shows_variables_and_actions(void **state)
{
	static const char mark[] = "hist_data: ";
	static char text[16384], raw[16384];
	struct tree *tree = *state;
	char *to = text;

	run(tree, SWITCH,
	    "hist:keys=next_pid:d=common_timestamp.usecs-$ts0,p=$prio0:onmatch(sched.sched_waking)."
	    "trace(two,next_prio,target_cpu):onmax($d).save(prev_prio)");
	assert_true(tree_read(tree, "events/sched/sched_switch/hist_debug", raw, sizeof(raw)) > 0);
	for (const char *at = raw; *at; at++) {
		*to++ = *at;
		if ((size_t)(to - text) >= strlen(mark) &&
		    !memcmp(to - strlen(mark), mark, strlen(mark)))
			at += strspn(at + 1, "0123456789abcdef");
	}
	*to = '\0';
	assert_string_equal(text, debugged);
	/* All that a histogram there is asked for is a variable of it. */
	assert_int_equal(tree_count(tree, "events/sched/sched_waking/hist_debug",
				    "      ftrace_event_field name: target_cpu\n"
				    "      var.name: synthetic_target_cpu\n"),
			 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_wrong_is_refused_as_the_kernel_does),
		TEST(test_what_is_right_is_listed_as_the_kernel_does),
		TEST(test_what_is_in_use_stays),
		TEST(test_variables_are_those_of_the_instance),
		TEST(test_a_name_that_two_events_have_must_be_qualified),
		TEST(test_a_field_of_the_other_event_makes_a_histogram_there),
		TEST(test_such_a_histogram_counts_as_one_that_is_there),
		TEST(test_such_a_histogram_goes_with_its_instance),
		TEST(test_debug_shows_variables_and_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
