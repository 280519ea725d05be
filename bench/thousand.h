/* SPDX-License-Identifier: MIT */
/* A thousand of EVENT(number); BENCH_SYSTEM is the system that they belong to. */
#ifndef BENCH_THOUSAND_H
#define BENCH_THOUSAND_H

#ifndef BENCH_SYSTEM
#define BENCH_SYSTEM bench_thousand
#endif

#define TEN(n)                                                                                     \
	EVENT(n##0)                                                                                \
	EVENT(n##1)                                                                                \
	EVENT(n##2)                                                                                \
	EVENT(n##3)                                                                                \
	EVENT(n##4)                                                                                \
	EVENT(n##5)                                                                                \
	EVENT(n##6)                                                                                \
	EVENT(n##7)                                                                                \
	EVENT(n##8)                                                                                \
	EVENT(n##9)
#define HUNDRED(n)                                                                                 \
	TEN(n##0)                                                                                  \
	TEN(n##1)                                                                                  \
	TEN(n##2)                                                                                  \
	TEN(n##3)                                                                                  \
	TEN(n##4)                                                                                  \
	TEN(n##5)                                                                                  \
	TEN(n##6)                                                                                  \
	TEN(n##7)                                                                                  \
	TEN(n##8)                                                                                  \
	TEN(n##9)
#define THOUSAND                                                                                   \
	HUNDRED(0)                                                                                 \
	HUNDRED(1)                                                                                 \
	HUNDRED(2)                                                                                 \
	HUNDRED(3)                                                                                 \
	HUNDRED(4)                                                                                 \
	HUNDRED(5)                                                                                 \
	HUNDRED(6)                                                                                 \
	HUNDRED(7)                                                                                 \
	HUNDRED(8)                                                                                 \
	HUNDRED(9)

#endif
