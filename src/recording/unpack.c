/* SPDX-License-Identifier: MIT */
/* Parts of a trace.dat of version 7 that are compressed: zstd, the only one that distributions build trace-cmd with. */
#include <string.h>

#ifdef UTFS_WITH_ZSTD
#include <zstd.h>
#endif

#include "recording/internal.h"

#ifdef UTFS_WITH_ZSTD
int utfs_dat_unpack(const char *compression, const char *packed, size_t packed_bytes, char *to,
		    size_t to_bytes)
{
	if (strcmp(compression, "zstd") != 0)
		return -ENOTSUP;
	/* An error is a size that no buffer has. */
	return ZSTD_decompress(to, to_bytes, packed, packed_bytes) == to_bytes ? 0 : -EINVAL;
}
#else
int utfs_dat_unpack(const char *compression, const char *packed, size_t packed_bytes, char *to,
		    size_t to_bytes)
{
	(void)compression;
	(void)packed;
	(void)packed_bytes;
	(void)to;
	(void)to_bytes;
	return -ENOTSUP;
}
#endif
