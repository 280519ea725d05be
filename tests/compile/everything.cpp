/* SPDX-License-Identifier: MIT */
#include "everything.c"

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

void everything_cpp();
void everything_cpp()
{
	space::emit(space::color::green);
}
