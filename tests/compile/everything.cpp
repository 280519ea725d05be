/* SPDX-License-Identifier: MIT */
#include "everything.c"

#include <array>
#include <string>
#include <vector>

#include <utracefs/utracefs.hpp>

namespace space
{
enum class color : unsigned char { red, green };
enum plain : long { large = 1L << 40 };

UTFS_EVENT(space, enums, UTFS_FIELDS(UTFS_FIELD(color, c), UTFS_FIELD(plain, p)),
	   UTFS_PRINT("%s", __print_symbolic(REC->c, {color::red, "red"}, {color::green, "green"})),
	   UTFS_SYMBOLS(color::red, color::green));

template <typename T> void emit(T value)
{
	trace_space_enums(value, large);
}
} // namespace space

UTFS_CXX_EVENT(space, all,
	       UTFS_FIELDS(UTFS_FIELD(int, i), UTFS_ARRAY(short, four, 4), UTFS_CHARS(name, 8),
			   UTFS_STRING(path), UTFS_STRING_LEN(note),
			   UTFS_DYNAMIC_ARRAY(double, prices)),
	       UTFS_PRINT("%d", REC->i));
UTFS_CXX_EVENT(space, none, UTFS_NO_FIELDS);
UTFS_CXX_SCOPE(space, plain, UTFS_NO_FIELDS);
UTFS_CXX_SCOPE(space, work, UTFS_FIELDS(UTFS_FIELD(int, i), UTFS_STRING_LEN(note)));

static void classes()
{
	const short four[4] = {1, 2, 3, 4};
	const std::string text("text");
	const std::vector<double> prices;
	scope_space_plain plain;
	scope_space_work work(1, text + "!");

	event_space_all::write(1, four, text, text, text, prices);
	event_space_all::write(2, std::array<short, 4>{{1, 2, 3, 4}}, "n", nullptr, "x", {1, 2});
	event_space_all::write(3, nullptr, nullptr, nullptr, nullptr, {});
	if (event_space_none::enabled() && !event_space_none::status())
		event_space_none::write();
}

void everything_cpp();
void everything_cpp()
{
	space::emit(space::color::green);
	classes();
}
