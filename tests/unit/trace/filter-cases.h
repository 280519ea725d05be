/* SPDX-License-Identifier: MIT */
/*
 * What the kernel (6.12) answers when these are written to events/sched/sched_switch/filter, what the file reads then, and
 * what stands in error_log behind the time. Measured; but && and || with nothing behind them, which it takes or not (docs/differences.md).
 */
static const struct {
	const char *written;
	ssize_t answer;
	const char *filter, *log;
} kernel_filters[] = {
	{"bogus == 1", -EINVAL, "bogus == 1\n      ^\nparse_error: Field not found\n\n",
	 "event filter parse error: error: Field not found\n  Command: bogus == 1\n                "
	 " ^\n"},
	{"prev_pid ==", -EINVAL,
	 "prev_pid ==\n           ^\nparse_error: Invalid value (did you forget quotes)?\n\n",
	 "event filter parse error: error: Invalid value (did you forget quotes)?\n  Command: "
	 "prev_pid ==\n                       ^\n"},
	{"prev_pid", -EINVAL, "prev_pid\n        ^\nparse_error: Invalid operator\n\n",
	 "event filter parse error: error: Invalid operator\n  Command: prev_pid\n                 "
	 "   ^\n"},
	{"prev_pid == \"str\"", -EINVAL,
	 "prev_pid == \"str\"\n             ^\nparse_error: Expecting numeric field\n\n",
	 "event filter parse error: error: Expecting numeric field\n  Command: prev_pid == "
	 "\"str\"\n                        ^\n"},
	{"prev_pid == str", -EINVAL,
	 "prev_pid == str\n             ^\nparse_error: Invalid value (did you forget quotes)?\n\n",
	 "event filter parse error: error: Invalid value (did you forget quotes)?\n  Command: "
	 "prev_pid == str\n                        ^\n"},
	{"prev_comm == 5", -EINVAL,
	 "prev_comm == 5\n              ^\nparse_error: Expecting string field\n\n",
	 "event filter parse error: error: Expecting string field\n  Command: prev_comm == 5\n     "
	 "                    ^\n"},
	{"prev_comm == foo", -EINVAL,
	 "prev_comm == foo\n              ^\nparse_error: Invalid value (did you forget "
	 "quotes)?\n\n",
	 "event filter parse error: error: Invalid value (did you forget quotes)?\n  Command: "
	 "prev_comm == foo\n                         ^\n"},
	{"prev_comm ~ foo", -EINVAL,
	 "prev_comm ~ foo\n             ^\nparse_error: Invalid value (did you forget quotes)?\n\n",
	 "event filter parse error: error: Invalid value (did you forget quotes)?\n  Command: "
	 "prev_comm ~ foo\n                        ^\n"},
	{"prev_comm < \"a\"", -EINVAL,
	 "prev_comm < \"a\"\n             ^\nparse_error: Illegal operation for field type\n\n",
	 "event filter parse error: error: Illegal operation for field type\n  Command: prev_comm "
	 "< \"a\"\n                        ^\n"},
	{"prev_comm & 1", -EINVAL,
	 "prev_comm & 1\n             ^\nparse_error: Expecting string field\n\n",
	 "event filter parse error: error: Expecting string field\n  Command: prev_comm & 1\n      "
	 "                  ^\n"},
	{"(prev_pid == 1", -ENOENT, "(prev_pid == 1\n^\nparse_error: Too many '('\n\n",
	 "event filter parse error: error: Too many '('\n  Command: (prev_pid == 1\n           "
	 "^\n"},
	{"prev_pid == 1)", -EPERM, "prev_pid == 1)\n             ^\nparse_error: Too few '('\n\n",
	 "event filter parse error: error: Too few '('\n  Command: prev_pid == 1)\n                "
	 "        ^\n"},
	{"prev_pid == 1 &&", -EINVAL,
	 "prev_pid == 1 &&\n                ^\nparse_error: Meaningless filter expression\n\n",
	 "event filter parse error: error: Meaningless filter expression\n  Command: prev_pid == 1 "
	 "&&\n                           ^\n"},
	{"prev_pid == 1 ||", -EINVAL,
	 "prev_pid == 1 ||\n                ^\nparse_error: Meaningless filter expression\n\n",
	 "event filter parse error: error: Meaningless filter expression\n  Command: prev_pid == 1 "
	 "||\n                           ^\n"},
	{"&& prev_pid == 1", -EPERM, "&& prev_pid == 1\nError: (0)\n\n",
	 "event filter parse error: error: Error\n  Command: && prev_pid == 1\n           ^\n"},
	{"prev_pid == 1 prev_prio == 2", -EPERM,
	 "prev_pid == 1 prev_prio == 2\n              ^\nparse_error: Too many terms in predicate "
	 "expression\n\n",
	 "event filter parse error: error: Too many terms in predicate expression\n  Command: "
	 "prev_pid == 1 prev_prio == 2\n                         ^\n"},
	{"prev_pid ~ \"1*\"", -EINVAL,
	 "prev_pid ~ \"1*\"\n            ^\nparse_error: Expecting numeric field\n\n",
	 "event filter parse error: error: Expecting numeric field\n  Command: prev_pid ~ \"1*\"\n "
	 "                      ^\n"},
	{"prev_pid === 1", -EINVAL,
	 "prev_pid === 1\n            ^\nparse_error: Invalid value (did you forget quotes)?\n\n",
	 "event filter parse error: error: Invalid value (did you forget quotes)?\n  Command: "
	 "prev_pid === 1\n                       ^\n"},
	{"prev_pid = 1", -EINVAL, "prev_pid = 1\n          ^\nparse_error: Invalid operator\n\n",
	 "event filter parse error: error: Invalid operator\n  Command: prev_pid = 1\n             "
	 "        ^\n"},
	{"prev_pid == 99999999999999999999999", -EINVAL,
	 "prev_pid == 99999999999999999999999\n             ^\nparse_error: Illegal integer "
	 "value\n\n",
	 "event filter parse error: error: Illegal integer value\n  Command: prev_pid == "
	 "99999999999999999999999\n                        ^\n"},
	{"prev_pid == 1 & prev_prio == 1", -EPERM,
	 "prev_pid == 1 & prev_prio == 1\n              ^\nparse_error: Too many terms in "
	 "predicate expression\n\n",
	 "event filter parse error: error: Too many terms in predicate expression\n  Command: "
	 "prev_pid == 1 & prev_prio == 1\n                         ^\n"},
	{"prev_pid == 1 | prev_prio == 1", -EPERM,
	 "prev_pid == 1 | prev_prio == 1\n              ^\nparse_error: Too many terms in "
	 "predicate expression\n\n",
	 "event filter parse error: error: Too many terms in predicate expression\n  Command: "
	 "prev_pid == 1 | prev_prio == 1\n                         ^\n"},
	{"prev_pid == 0x", -EINVAL,
	 "prev_pid == 0x\n             ^\nparse_error: Illegal integer value\n\n",
	 "event filter parse error: error: Illegal integer value\n  Command: prev_pid == 0x\n      "
	 "                  ^\n"},
	{"!", -EINVAL, "!\n ^\nparse_error: No filter found\n\n",
	 "event filter parse error: error: No filter found\n  Command: !\n            ^\n"},
	{"()", -EINVAL, "()\nError: (0)\n\n",
	 "event filter parse error: error: Error\n  Command: ()\n           ^\n"},
	{"!prev_pid == 1", 14, "!prev_pid == 1\n", NULL},
	{"!(prev_pid == 1)", 16, "!(prev_pid == 1)\n", NULL},
	{"prev_comm == \"unterminated", -ESRCH,
	 "prev_comm == \"unterminated\n             ^\nparse_error: Missing matching quote\n\n",
	 "event filter parse error: error: Missing matching quote\n  Command: prev_comm == "
	 "\"unterminated\n                        ^\n"},
	{"prev_comm == 'single'", 21, "prev_comm == 'single'\n", NULL},
	{"prev_comm != \"a\" && (prev_pid > 5 || next_pid <= 0x10)", 54,
	 "prev_comm != \"a\" && (prev_pid > 5 || next_pid <= 0x10)\n", NULL},
	{"prev_pid & 1", 12, "prev_pid & 1\n", NULL},
	{"prev_pid&1", 10, "prev_pid&1\n", NULL},
	{"prev_pid==1", 11, "prev_pid==1\n", NULL},
	{"prev_state == -1", 16, "prev_state == -1\n", NULL},
	{"common_pid == 1", 15, "common_pid == 1\n", NULL},
	{"common_bogus == 1", -EINVAL,
	 "common_bogus == 1\n             ^\nparse_error: Field not found\n\n",
	 "event filter parse error: error: Field not found\n  Command: common_bogus == 1\n         "
	 "               ^\n"},
	{"comm == \"x\"", 11, "comm == \"x\"\n", NULL},
	{"COMM ~ \"x*\"", 11, "COMM ~ \"x*\"\n", NULL},
	{"CPU == 0", 8, "CPU == 0\n", NULL},
	{"cpu == 0", 8, "cpu == 0\n", NULL},
	{"CPUS{0}", -EINVAL, "CPUS{0}\n     ^\nparse_error: Field not found\n\n",
	 "event filter parse error: error: Field not found\n  Command: CPUS{0}\n                "
	 "^\n"},
	{"prev_pid.function == 1", -EINVAL,
	 "prev_pid.function == 1\n                      ^\nparse_error: Illegal operation for "
	 "field type\n\n",
	 "event filter parse error: error: Illegal operation for field type\n  Command: "
	 "prev_pid.function == 1\n                                 ^\n"},
	{"stacktrace == 1", 15, "stacktrace == 1\n", NULL},
	{"prev_comm ~ \"*x*\"", 17, "prev_comm ~ \"*x*\"\n", NULL},
	{"prev_comm ~ \"x*y\"", 17, "prev_comm ~ \"x*y\"\n", NULL},
	{"prev_comm ~ \"[ab]*\"", 19, "prev_comm ~ \"[ab]*\"\n", NULL},
	{"prev_pid + 1 == 2", -EINVAL,
	 "prev_pid + 1 == 2\n          ^\nparse_error: Invalid operator\n\n",
	 "event filter parse error: error: Invalid operator\n  Command: prev_pid + 1 == 2\n        "
	 "             ^\n"},
	{"1 == prev_pid", -EINVAL, "1 == prev_pid\n  ^\nparse_error: Field not found\n\n",
	 "event filter parse error: error: Field not found\n  Command: 1 == prev_pid\n             "
	 "^\n"},
	{"prev_pid == 1;", -EPERM,
	 "prev_pid == 1;\n             ^\nparse_error: Too many terms in predicate expression\n\n",
	 "event filter parse error: error: Too many terms in predicate expression\n  Command: "
	 "prev_pid == 1;\n                        ^\n"},
	{"prev_pid == -", -EINVAL,
	 "prev_pid == -\n             ^\nparse_error: Illegal integer value\n\n",
	 "event filter parse error: error: Illegal integer value\n  Command: prev_pid == -\n       "
	 "                 ^\n"},
	{"none", -EINVAL, "none\n    ^\nparse_error: Field not found\n\n",
	 "event filter parse error: error: Field not found\n  Command: none\n                ^\n"},
	{"0", 1, "none\n", NULL},
	{"", -EINVAL, "\nError: (0)\n\n",
	 "event filter parse error: error: Error\n  Command: \n           ^\n"},
	{"\n", -EINVAL, "\nError: (0)\n\n",
	 "event filter parse error: error: Error\n  Command: \n           ^\n"},
	{" ", -EINVAL, "\nError: (0)\n\n",
	 "event filter parse error: error: Error\n  Command: \n           ^\n"},
	{"# comment", -EPERM, "# comment\nError: (0)\n\n",
	 "event filter parse error: error: Error\n  Command: # comment\n           ^\n"},
	{"0", 1, "none\n", NULL},
};
