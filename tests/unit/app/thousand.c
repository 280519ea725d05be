/* SPDX-License-Identifier: MIT */
/* A thousand events in one program: all are there before main(), under one hold of the lock. */
#include <stdio.h>

#include <utracefs/utracefs.h>

#define E1(n)                                                                                      \
	UTFS_EVENT(thousand, e##n,                                                                 \
		   UTFS_FIELDS(UTFS_FIELD(int, a), UTFS_FIELD(uint64_t, b), UTFS_STRING(c)))
#define E10(n)                                                                                     \
	E1(n##0);                                                                                  \
	E1(n##1);                                                                                  \
	E1(n##2);                                                                                  \
	E1(n##3);                                                                                  \
	E1(n##4);                                                                                  \
	E1(n##5);                                                                                  \
	E1(n##6);                                                                                  \
	E1(n##7);                                                                                  \
	E1(n##8);                                                                                  \
	E1(n##9)
#define E100(n)                                                                                    \
	E10(n##0);                                                                                 \
	E10(n##1);                                                                                 \
	E10(n##2);                                                                                 \
	E10(n##3);                                                                                 \
	E10(n##4);                                                                                 \
	E10(n##5);                                                                                 \
	E10(n##6);                                                                                 \
	E10(n##7);                                                                                 \
	E10(n##8);                                                                                 \
	E10(n##9)

E100(0);
E100(1);
E100(2);
E100(3);
E100(4);
E100(5);
E100(6);
E100(7);
E100(8);
E100(9);

int main(void)
{
	struct utfs_status status;

	utfs_status_get(&status);
	if (status.events == 1000 && !trace_thousand_e000_status() && !trace_thousand_e999_status())
		return 0;
	fprintf(stderr, "%llu events, %llu failures: %s\n", (unsigned long long)status.events,
		(unsigned long long)status.failures, status.text);
	return 1;
}
