/* SPDX-License-Identifier: MIT */
/* The lines that a real kernel printed, from its own records and formats. */
#include "records.h"

#include "kernel-records.h"

static char *line(const struct golden *golden, const struct utfs_print_plan *plan)
{
	static const struct utfs_line_style style = {
		.context_info = true, .irq_info = true, .clock_in_ns = true};
	/* Of exactly that size, so that tools see a byte too far. */
	void *record = malloc(golden->record_bytes);
	struct utfs_line line = {.record = record,
				 .record_bytes = golden->record_bytes,
				 .timestamp = golden->timestamp,
				 .cpu = golden->cpu,
				 .comm = golden->comm,
				 .name = golden->name,
				 .name_bytes = strlen(golden->name),
				 .plan = plan};
	struct eventfs_text text = {0};

	assert_non_null(record);
	memcpy(record, golden->record, golden->record_bytes);
	utfs_print_line(&text, &style, &line);
	free(record);
	return text_string(&text);
}

static void test_lines(void **state)
{
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		const struct golden *golden = &goldens[i];
		struct utfs_event_format *format = parse_fields(golden->fields);
		struct utfs_print_plan *plan;
		char *printed;

		assert_int_equal(utfs_plan_compile(format, golden->print_fmt,
						   strlen(golden->print_fmt), &plan, NULL),
				 0);
		printed = line(golden, plan);
		assert_string_equal(printed, golden->line);
		free(printed);
		utfs_plan_free(plan);
		utfs_event_format_free(format);
	}
}

static void test_lines_of_fields(void **state)
{
	size_t compared = 0;

	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		const struct golden *golden = &goldens[i];
		struct utfs_event_format *format = parse_fields(golden->fields);
		struct utfs_print_plan *plan;
		char *printed;

		assert_int_equal(utfs_plan_fields(format, &plan), 0);
		printed = line(golden, plan);
		if (golden->fields_line) {
			assert_string_equal(printed, golden->fields_line);
			compared++;
		}
		free(printed);
		utfs_plan_free(plan);
		utfs_event_format_free(format);
	}
	assert_true(compared > 20);
}

/* The two of the kernel's events whose formats everybody knows. */
static void test_format_texts(void **state)
{
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		const struct golden *golden = &goldens[i];
		struct utfs_event_format *format = parse_fields(golden->fields);
		struct eventfs_text text = {0};

		/* Printed again from what was understood, the fields are the kernel's text. */
		for (size_t j = UTFS_NR_COMMON; j < format->nr_fields; j++) {
			const struct utfs_field *field = &format->fields[j];
			const char *bracket =
				field->kind == UTFS_FIELD_ARRAY ? strchr(field->type, '[') : NULL;
			int type_bytes = (int)(bracket ? (size_t)(bracket - field->type)
						       : strlen(field->type));

			eventfs_text_printf(
				&text, "\tfield:%.*s %s%s;\toffset:%u;\tsize:%u;\tsigned:%d;\n",
				type_bytes, field->type, field->name, bracket ? bracket : "",
				field->offset, field->size_bytes, field->is_signed);
		}
		if (!strstr(golden->fields, "__data_loc") && !strstr(golden->fields, "__rel_loc")) {
			char *printed = text_string(&text);

			assert_string_equal(printed, golden->fields);
			free(printed);
		}
		eventfs_text_fini(&text);
		utfs_event_format_free(format);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_of_fields),
		cmocka_unit_test(test_format_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
