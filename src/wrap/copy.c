/* SPDX-License-Identifier: MIT */
/* What the program's pointers point at, where it is not known that they do; and what of it a person can read. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "wrap.h"

size_t wrap_copy(void *to, const void *from, size_t bytes)
{
	size_t page_bytes = 4096, first = page_bytes - (uintptr_t)from % page_bytes;
	int saved_errno = errno;
	struct iovec local = {to, bytes}, remote[2];
	long copied;

	/* The kernel reads, on whom a bad pointer makes no impression. What is beyond the end of the page may be missing. */
	first = first < bytes ? first : bytes;
	remote[0] = (struct iovec){(void *)(uintptr_t)from, first};
	remote[1] = (struct iovec){(char *)(uintptr_t)from + first, bytes - first};
	copied = syscall(SYS_process_vm_readv, getpid(), &local, 1ul, remote, 2ul, 0ul);
	errno = saved_errno;
	return copied > 0 ? (size_t)copied : 0;
}

const char *wrap_copy_text(char to[WRAP_TEXT_BYTES], const char *from)
{
	if (from)
		to[wrap_copy(to, from, WRAP_TEXT_BYTES - 1)] = '\0';
	else
		strcpy(to, "(null)");
	return to;
}

/* Text that grows to the right; libc's own functions might allocate. */
struct text {
	char *at;
	const char *end; /* the byte that the NUL can take at last */
};

static void text_char(struct text *text, char c)
{
	if (text->at < text->end)
		*text->at++ = c;
}

static void text_string(struct text *text, const char *string)
{
	while (*string)
		text_char(text, *string++);
}

static void text_number(struct text *text, unsigned int number, unsigned int base)
{
	char digits[10];
	size_t n = 0;

	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		text_char(text, digits[--n]);
}

static void text_ipv4(struct text *text, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			text_char(text, '.');
		text_number(text, bytes[i], 10);
	}
}

/* As RFC 5952 wants it: the longest run of zeros, the first of them, is "::" if there are two or more. */
static void text_ipv6(struct text *text, const struct in6_addr *address)
{
	unsigned int groups[8];
	int best = 8, best_length = 1;

	for (int i = 0; i < 8; i++)
		groups[i] = address->s6_addr[2 * i] * 256u + address->s6_addr[2 * i + 1];
	for (int i = 0, length = 0; i < 8; i++) {
		length = groups[i] ? 0 : length + 1;
		if (length > best_length) {
			best_length = length;
			best = i - length + 1;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			text_string(text, "::");
			i += best_length - 1;
			continue;
		}
		if (i && i != best + best_length)
			text_char(text, ':');
		if (i == 6 && IN6_IS_ADDR_V4MAPPED(address)) {
			text_ipv4(text, &address->s6_addr[12]);
			break;
		}
		text_number(text, groups[i], 16);
	}
}

static void text_unix(struct text *text, const struct sockaddr_un *address, size_t bytes)
{
	const char *path = address->sun_path, *end = (const char *)address + bytes;

	text_string(text, "unix:");
	/* Abstract: a NUL, and then bytes of any kind up to the end. */
	if (path < end && !*path) {
		text_char(text, '@');
		for (path++; path < end; path++)
			text_char(text, *path ? *path : '@');
	}
	while (path < end && *path)
		text_char(text, *path++);
}

const char *wrap_address_text(char to[WRAP_TEXT_BYTES], const struct wrap_address *address)
{
	struct text text = {to, to + WRAP_TEXT_BYTES - 1};
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
		struct sockaddr_un local;
		struct sockaddr_storage all;
	} a = {.all = address->address};
	sa_family_t family = a.any.sa_family;

	if (address->bytes >= sizeof(family)) {
		if (family == AF_INET && address->bytes >= sizeof(a.ipv4)) {
			text_ipv4(&text, (const uint8_t *)&a.ipv4.sin_addr);
			text_char(&text, ':');
			text_number(&text, ntohs(a.ipv4.sin_port), 10);
		} else if (family == AF_INET6 &&
			   address->bytes >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
			text_char(&text, '[');
			text_ipv6(&text, &a.ipv6.sin6_addr);
			text_string(&text, "]:");
			text_number(&text, ntohs(a.ipv6.sin6_port), 10);
		} else if (family == AF_UNIX) {
			text_unix(&text, &a.local, address->bytes);
		} else {
			text_string(&text, "family ");
			text_number(&text, family, 10);
		}
	}
	*text.at = '\0';
	return to;
}
