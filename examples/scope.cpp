/* SPDX-License-Identifier: MIT */
// A kitchen with a slow dish: how long each order takes, and what it was.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <utracefs/utracefs.hpp>

namespace
{
UTFS_CXX_SCOPE(kitchen, order, UTFS_FIELDS(UTFS_FIELD(int, table), UTFS_STRING_LEN(dish)));
UTFS_CXX_EVENT(kitchen, bill,
	       UTFS_FIELDS(UTFS_FIELD(int, table), UTFS_DYNAMIC_ARRAY(double, prices)));

void serve(int table, const std::string &dish)
{
	scope_kitchen_order scope(table, dish);

	std::this_thread::sleep_for(std::chrono::milliseconds(dish == "souffle" ? 30 : 1));
}
} // namespace

int main()
{
	const std::vector<std::string> dishes{"soup", "souffle", "salad"};

	for (int table = 1; table <= 3; table++) {
		for (const std::string &dish : dishes)
			serve(table, dish);
		event_kitchen_bill::write(table, {4.5, 11, 6.25});
	}
	return 0;
}
