/* SPDX-License-Identifier: MIT */
/* utracefs doctor: what works on this machine and what does not, with the remedy for each. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "json/json.h"
#include "cli/terminal.h"

static const char *const words[] = {
	[UTFS_HEALTH_OK] = "ok",
	[UTFS_HEALTH_SLOW] = "slow",
	[UTFS_HEALTH_BROKEN] = "broken",
};

static const char *const colors[] = {
	[UTFS_HEALTH_OK] = "\033[32m",
	[UTFS_HEALTH_SLOW] = "\033[33m",
	[UTFS_HEALTH_BROKEN] = "\033[31m",
};

void utfs_doctor_say(struct utfs_doctor *doctor, const char *name, enum utfs_health health,
		     const char *remedy, const char *format, ...)
{
	struct utfs_doctor_finding *finding;
	va_list arguments;

	if (doctor->nr == UTFS_DOCTOR_FINDINGS_MAX)
		return;
	finding = &doctor->finding[doctor->nr++];
	*finding = (struct utfs_doctor_finding){.name = name, .health = health, .remedy = remedy};
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

static void print_text(const struct utfs_doctor *doctor)
{
	struct utfs_terminal terminal;

	utfs_terminal_look(&terminal);
	for (size_t i = 0; i < doctor->nr; i++) {
		const struct utfs_doctor_finding *finding = &doctor->finding[i];

		printf("%s%-6s%s  %s: %s\n", terminal.has_colors ? colors[finding->health] : "",
		       words[finding->health], terminal.has_colors ? "\033[0m" : "", finding->name,
		       finding->text);
		if (finding->remedy)
			printf("        %s\n", finding->remedy);
	}
}

static void print_json(const struct utfs_doctor *doctor)
{
	struct utfs_json json = {0};

	utfs_json_array(&json, NULL);
	for (size_t i = 0; i < doctor->nr; i++) {
		utfs_json_object(&json, NULL);
		utfs_json_string(&json, "name", doctor->finding[i].name);
		utfs_json_string(&json, "health", words[doctor->finding[i].health]);
		utfs_json_string(&json, "text", doctor->finding[i].text);
		utfs_json_string(&json, "remedy", doctor->finding[i].remedy);
		utfs_json_object_end(&json);
	}
	utfs_json_array_end(&json);
	utfs_json_end(&json);
}

int utfs_cmd_doctor(const struct utfs_command *command, int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct utfs_doctor doctor = {0};
	bool is_json = false;
	int opt, status = 0;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt != 'j')
			return utfs_cli_usage(command);
		is_json = true;
	}
	if (optind < argc)
		return utfs_cli_usage(command);
	utfs_doctor_machine(&doctor);
	utfs_doctor_memory(&doctor);
	utfs_doctor_tools(&doctor);
	if (is_json)
		print_json(&doctor);
	else
		print_text(&doctor);
	for (size_t i = 0; i < doctor.nr; i++) {
		if (doctor.finding[i].health == UTFS_HEALTH_BROKEN)
			status = UTFS_CLI_FAILED;
	}
	return utfs_cli_flushed() ? UTFS_CLI_FAILED : status;
}
