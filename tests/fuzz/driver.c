/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: the files of its corpus, then a number of inputs that are made from them, the same ones each time.
 * With libFuzzer (scripts/fuzz) the target is linked to that instead.
 *
 *   fuzz-TARGET [INPUTS [CORPUS...]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX  4096
#define CORPUS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct input {
	size_t bytes;
	uint8_t data[INPUT_MAX];
};

static struct input corpus[CORPUS_MAX];
static size_t nr_corpus;
static uint64_t state = 1;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void corpus_add(const char *path)
{
	FILE *file = fopen(path, "re");

	if (file && nr_corpus < CORPUS_MAX) {
		corpus[nr_corpus].bytes = fread(corpus[nr_corpus].data, 1, INPUT_MAX, file);
		nr_corpus++;
	}
	if (file)
		fclose(file);
}

/* A piece of one, a piece of another one, some bytes changed. */
static void mutate(struct input *input)
{
	const struct input *a = &corpus[next_random() % nr_corpus];
	const struct input *b = &corpus[next_random() % nr_corpus];
	const size_t from = b->bytes ? next_random() % b->bytes : 0;
	size_t more = b->bytes - from;

	input->bytes = a->bytes ? 1 + next_random() % a->bytes : 0;
	memcpy(input->data, a->data, input->bytes);
	if (next_random() & 1)
		more = 0;
	if (more > INPUT_MAX - input->bytes)
		more = INPUT_MAX - input->bytes;
	memcpy(input->data + input->bytes, b->data + from, more);
	input->bytes += more;
	for (uint64_t n = next_random() % 6; input->bytes && n; n--)
		input->data[next_random() % input->bytes] = (uint8_t)next_random();
}

int main(int argc, char **argv)
{
	const unsigned long inputs = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	struct input input;

	for (int i = 2; i < argc; i++)
		corpus_add(argv[i]);
	if (!nr_corpus)
		nr_corpus = 1;
	/* An input that takes for ever is a finding. */
	for (size_t i = 0; i < nr_corpus; i++) {
		alarm(60);
		LLVMFuzzerTestOneInput(corpus[i].data, corpus[i].bytes);
	}
	for (unsigned long i = 0; i < inputs; i++) {
		alarm(60);
		mutate(&input);
		LLVMFuzzerTestOneInput(input.data, input.bytes);
	}
	printf("%zu inputs of the corpus, %lu made from them\n", nr_corpus, inputs);
	return 0;
}
