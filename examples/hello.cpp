/* SPDX-License-Identifier: MIT */
// The same events from C++: enum classes, std::string, containers, a namespace. Prints whether tracing works.
#include <cstdio>
#include <string>
#include <vector>

#include <utracefs/utracefs.h>

namespace shop
{
enum class state : unsigned char { open, closed };

UTFS_EVENT(shop, order,
	   UTFS_FIELDS(UTFS_FIELD(state, status), UTFS_STRING_LEN(customer),
		       UTFS_DYNAMIC_ARRAY(double, prices)),
	   UTFS_PRINT("%s is %s", __get_str(customer),
		      __print_symbolic(REC->status, {state::open, "served"},
				       {state::closed, "sent away"})),
	   UTFS_SYMBOLS(state::open, state::closed));

static void serve(const std::string &customer, const std::vector<double> &prices)
{
	state status = prices.empty() ? state::closed : state::open;

	trace_shop_order(status, customer.data(), customer.size(), prices.data(), prices.size());
}
} // namespace shop

int main()
{
	utfs_status status;

	shop::serve("Ada", {1.5, 2.25});
	shop::serve("Charles", {});
	utfs_status_get(&status);
	std::printf("tracing: %s\n", status.text);
	return 0;
}
