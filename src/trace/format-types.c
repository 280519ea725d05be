/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "trace/format-types.h"

struct named_type {
	const char *name;
	unsigned char size_bytes;
	bool is_signed;
};

/* Sizes are those of the kernel's types on 64-bit machines, which are the C library's wherever both have one. */
static const struct named_type named_types[] = {
	{"u8", 1, false},
	{"s8", 1, true},
	{"u16", 2, false},
	{"s16", 2, true},
	{"u32", 4, false},
	{"s32", 4, true},
	{"u64", 8, false},
	{"s64", 8, true},
	{"__u8", 1, false},
	{"__s8", 1, true},
	{"__u16", 2, false},
	{"__s16", 2, true},
	{"__u32", 4, false},
	{"__s32", 4, true},
	{"__u64", 8, false},
	{"__s64", 8, true},
	{"uint8_t", 1, false},
	{"int8_t", 1, true},
	{"uint16_t", 2, false},
	{"int16_t", 2, true},
	{"uint32_t", 4, false},
	{"int32_t", 4, true},
	{"uint64_t", 8, false},
	{"int64_t", 8, true},
	{"uchar", 1, false},
	{"ushort", 2, false},
	{"uint", 4, false},
	{"ulong", 8, false},
	{"bool", 1, false},
	{"_Bool", 1, false},
	{"size_t", 8, false},
	{"ssize_t", 8, true},
	{"uintptr_t", 8, false},
	{"intptr_t", 8, true},
	{"ptrdiff_t", 8, true},
	{"uintmax_t", 8, false},
	{"intmax_t", 8, true},
	{"pid_t", 4, true},
	{"uid_t", 4, false},
	{"gid_t", 4, false},
	{"dev_t", 4, false},
	{"mode_t", 4, false},
	{"umode_t", 2, false},
	{"ino_t", 8, false},
	{"off_t", 8, true},
	{"loff_t", 8, true},
	{"time_t", 8, true},
	{"clockid_t", 4, true},
	{"socklen_t", 4, false},
	{"sector_t", 8, false},
	{"blkcnt_t", 8, false},
	{"gfp_t", 4, false},
	{"dma_addr_t", 8, false},
	{"phys_addr_t", 8, false},
	{"resource_size_t", 8, false},
	{"cycles_t", 8, false},
	{"pgoff_t", 8, false},
	{"__le16", 2, false},
	{"__le32", 4, false},
	{"__le64", 8, false},
	{"__be16", 2, false},
	{"__be32", 4, false},
	{"__be64", 8, false},
	{"wchar_t", 4, true},
	{"char16_t", 2, false},
	{"char32_t", 4, false},
};

/* What the words of one type said so far. */
struct words {
	unsigned int longs, shorts, ints, chars, unsigneds, signeds, floats, doubles, voids;
	const struct named_type *named;
	bool compound, enumeration;
	bool qualifier;
};

static bool is_identifier(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static size_t skip_blanks(const char *text, size_t len, size_t pos)
{
	while (pos < len && (text[pos] == ' ' || text[pos] == '\t'))
		pos++;
	return pos;
}

static size_t word_length(const char *text, size_t len, size_t pos)
{
	size_t start = pos;

	if (pos < len && text[pos] >= '0' && text[pos] <= '9')
		return 0;
	while (pos < len && is_identifier(text[pos]))
		pos++;
	return pos - start;
}

static bool is_word(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

static const struct named_type *find_named(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(named_types) / sizeof(named_types[0]); i++)
		if (is_word(word, len, named_types[i].name))
			return &named_types[i];
	return NULL;
}

/* Keywords that can stand next to each other. Return: was it one? */
static bool take_keyword(struct words *words, const char *word, size_t len)
{
	static const struct {
		const char *name;
		size_t count;
	} keywords[] = {
		{"long", offsetof(struct words, longs)},
		{"short", offsetof(struct words, shorts)},
		{"int", offsetof(struct words, ints)},
		{"char", offsetof(struct words, chars)},
		{"unsigned", offsetof(struct words, unsigneds)},
		{"signed", offsetof(struct words, signeds)},
		{"float", offsetof(struct words, floats)},
		{"double", offsetof(struct words, doubles)},
		{"void", offsetof(struct words, voids)},
	};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (is_word(word, len, keywords[i].name)) {
			++*(unsigned int *)((char *)words + keywords[i].count);
			return true;
		}
	}
	return false;
}

static bool is_qualifier(const char *word, size_t len)
{
	return is_word(word, len, "const") || is_word(word, len, "volatile") ||
	       is_word(word, len, "__user") || is_word(word, len, "__kernel") ||
	       is_word(word, len, "restrict");
}

static bool has_base(const struct words *words)
{
	return words->longs || words->shorts || words->ints || words->chars || words->unsigneds ||
	       words->signeds || words->floats || words->doubles || words->voids || words->named ||
	       words->compound || words->enumeration;
}

/* Takes one word, or "struct name". Return: position behind it; pos: it does not belong to a type. */
static size_t take_word(struct words *words, const char *text, size_t len, size_t pos)
{
	size_t n = word_length(text, len, pos);
	const char *word = text + pos;

	if (n == 0)
		return pos;
	if (is_qualifier(word, n)) {
		words->qualifier = true;
		return pos + n;
	}
	if (is_word(word, n, "struct") || is_word(word, n, "union") || is_word(word, n, "enum")) {
		size_t tag = skip_blanks(text, len, pos + n);
		size_t tag_bytes = word_length(text, len, tag);

		if (has_base(words) || tag_bytes == 0)
			return pos;
		words->enumeration = is_word(word, n, "enum");
		words->compound = !words->enumeration;
		return tag + tag_bytes;
	}
	if (words->named || words->compound || words->enumeration)
		return pos;
	if (take_keyword(words, word, n))
		return pos + n;
	if (has_base(words))
		return pos;
	words->named = find_named(word, n);
	return words->named ? pos + n : pos;
}

static void sum_up(const struct words *words, struct utfs_c_type *type)
{
	if (words->named) {
		type->size_bytes = words->named->size_bytes;
		type->is_signed = words->named->is_signed;
	} else if (words->enumeration) {
		type->size_bytes = 4;
	} else if (words->compound || words->voids) {
		type->size_bytes = 0;
		type->is_compound = words->compound;
	} else if (words->floats || words->doubles) {
		type->is_float = true;
		type->is_signed = true;
		type->size_bytes = words->floats ? 4 : words->longs ? 16 : 8;
	} else {
		type->is_signed = !words->unsigneds;
		type->size_bytes = words->chars ? 1 : words->shorts ? 2 : words->longs ? 8 : 4;
	}
}

size_t utfs_c_type_parse(const char *text, size_t len_bytes, struct utfs_c_type *type)
{
	struct words words = {0};
	size_t end = 0, pos = 0;

	memset(type, 0, sizeof(*type));
	for (;;) {
		size_t start = skip_blanks(text, len_bytes, pos);

		pos = take_word(&words, text, len_bytes, start);
		if (pos == start)
			break;
		end = pos;
	}
	if (!has_base(&words))
		return 0;
	sum_up(&words, type);
	pos = end;
	for (;;) {
		size_t start = skip_blanks(text, len_bytes, pos);
		size_t n = word_length(text, len_bytes, start);

		if (n > 0 && type->stars > 0 && is_qualifier(text + start, n))
			pos = start + n;
		else if (start < len_bytes && text[start] == '*')
			pos = start + 1, type->stars++;
		else
			break;
		end = pos;
	}
	return end;
}
