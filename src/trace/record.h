/* SPDX-License-Identifier: MIT */
/* Values in the bytes of a record. For print-*.c and for who reads recorded fields one by one; at any alignment. */
#ifndef UTFS_TRACE_RECORD_H
#define UTFS_TRACE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The lowest 1, 2, 4 or 8 bytes, extended by their sign or with zeros. */
static inline uint64_t utfs_int_extend(uint64_t value, unsigned int size_bytes, bool is_signed)
{
	unsigned int shift = 64 - 8 * size_bytes;

	return is_signed ? (uint64_t)((int64_t)(value << shift) >> shift) : value << shift >> shift;
}

/* The caller has checked the bounds. */
static inline uint64_t utfs_record_integer(const uint8_t *at, unsigned int size_bytes,
					   bool is_signed)
{
	uint64_t value = 0;

	memcpy(&value, at, size_bytes);
	return utfs_int_extend(value, size_bytes, is_signed);
}

/* A float or double, by its size. The caller has checked the bounds. */
static inline double utfs_record_float(const uint8_t *at, unsigned int size_bytes)
{
	double d = 0;
	float f;

	if (size_bytes == sizeof(d)) {
		memcpy(&d, at, sizeof(d));
		return d;
	}
	memcpy(&f, at, sizeof(f));
	return f;
}

/* print-eval.c. Bytes of a dynamic field whose word is at offset. Return: true; false: they begin outside of the record. */
bool utfs_record_dynamic(const uint8_t *record, size_t len_bytes, uint32_t offset, bool relative,
			 const uint8_t **bytes, size_t *nr_bytes);

#endif
