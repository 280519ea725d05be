/* SPDX-License-Identifier: MIT */
// The C++ side of cxx.c: events and scopes as classes.
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <utracefs/utracefs.hpp>

namespace kitchen
{
UTFS_CXX_EVENT(cxx, order,
	       UTFS_FIELDS(UTFS_FIELD(int, table), UTFS_CHARS(mark, 8), UTFS_ARRAY(short, row, 3),
			   UTFS_STRING(dish), UTFS_STRING_LEN(note),
			   UTFS_DYNAMIC_ARRAY(int, prices)));
UTFS_CXX_SCOPE(cxx, meal, UTFS_FIELDS(UTFS_FIELD(int, table), UTFS_STRING_LEN(dish)));
} // namespace kitchen

extern "C" void cxx_order(int table, const char *dish);
extern "C" void cxx_order(int table, const char *dish)
{
	const std::string name(dish);

	kitchen::event_cxx_order::write(table, name, std::array<short, 3>{{1, 2, 3}}, name,
					name + ", hot", {4, 5});
	kitchen::event_cxx_order::write(table, name, nullptr, nullptr, "plain", std::vector<int>());
}

// Negative tables throw. Return: was it whole?
extern "C" int cxx_scope(int table, const char *dish, void (*inside)());
extern "C" int cxx_scope(int table, const char *dish, void (*inside)())
{
	try {
		kitchen::scope_cxx_meal scope(table, std::string(dish) + ", whole");

		if (table < 0)
			throw std::out_of_range("table");
		if (inside)
			inside();
	} catch (const std::out_of_range &) {
		return 0;
	}
	return 1;
}
