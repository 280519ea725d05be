/* SPDX-License-Identifier: MIT */
/* What each operation does, and which answers it may give: the whole of what the tree promises about these. */
#include <errno.h>
#include <string.h>

#include "history.h"

static const char *const kinds[] = {"mkdir", "rmdir",	 "open",       "read",	"write",
				    "close", "register", "unregister", "remove"};

static bool apply_rmdir(struct linear_state *state, const struct linear_op *op)
{
	bool exists = state->names[op->name].exists;
	bool pinned = state->names[op->name].pins;

	switch (op->result) {
	case 0:
		if (!exists || pinned)
			return false;
		memset(&state->names[op->name], 0, sizeof(state->names[0]));
		return true;
	case -EBUSY:
		return exists && (pinned || state->names[op->name].lingering);
	case -ENOENT:
		return !exists;
	}
	return false;
}

static bool apply_open(struct linear_state *state, const struct linear_op *op)
{
	bool there = state->names[op->name].exists && (!op->event || state->event_exists);

	if (op->result)
		return (op->result == -ENOENT || op->result == -ENODEV) && !there;
	if (!there)
		return false;
	state->names[op->name].pins++;
	state->handles[op->actor].open = 1;
	state->handles[op->actor].name = op->name & 3;
	state->handles[op->actor].event = op->event & 1;
	state->handles[op->actor].stale = 0;
	return true;
}

static bool apply_value(struct linear_state *state, const struct linear_op *op)
{
	unsigned int name = state->handles[op->actor].name, event = state->handles[op->actor].event;
	unsigned int enabled = state->names[name].enabled;

	if (state->handles[op->actor].stale)
		return op->result == -ENODEV;
	if (op->kind == LINEAR_READ)
		return op->result == (int)(enabled >> event & 1);
	if (op->result)
		return false;
	state->names[name].enabled =
		(op->value ? enabled | 1U << event : enabled & ~(1U << event)) & 3;
	return true;
}

static bool apply_close(struct linear_state *state, const struct linear_op *op)
{
	unsigned int name = state->handles[op->actor].name;

	state->names[name].pins--;
	if (op->lingers && state->names[name].lingering < 15)
		state->names[name].lingering++;
	memset(&state->handles[op->actor], 0, sizeof(state->handles[0]));
	return !op->result;
}

static bool apply_remove(struct linear_state *state, const struct linear_op *op)
{
	bool used = state->event_uses;

	for (unsigned int i = 0; i < LINEAR_NAMES; i++)
		used = used || state->names[i].enabled & 2;
	switch (op->result) {
	case 0:
		if (!state->event_exists || used)
			return false;
		state->event_exists = 0;
		for (unsigned int i = 0; i < LINEAR_ACTORS; i++)
			if (state->handles[i].open && state->handles[i].event)
				state->handles[i].stale = 1;
		return true;
	case -EBUSY:
		return state->event_exists && used;
	case -ENOENT:
		return !state->event_exists;
	}
	return false;
}

bool linear_apply(struct linear_state *state, const struct linear_op *op)
{
	switch ((enum linear_kind)op->kind) {
	case LINEAR_MKDIR:
		if (op->result)
			return op->result == -EEXIST && state->names[op->name].exists;
		if (state->names[op->name].exists)
			return false;
		state->names[op->name].exists = 1;
		return true;
	case LINEAR_RMDIR:
		return apply_rmdir(state, op);
	case LINEAR_OPEN:
		return apply_open(state, op);
	case LINEAR_READ:
	case LINEAR_WRITE:
		return apply_value(state, op);
	case LINEAR_CLOSE:
		return apply_close(state, op);
	case LINEAR_REGISTER:
		state->event_exists = 1;
		state->event_uses++;
		return !op->result;
	case LINEAR_UNREGISTER:
		state->event_uses--;
		return !op->result;
	case LINEAR_REMOVE:
		return apply_remove(state, op);
	}
	return false;
}

bool linear_only_looks(const struct linear_op *op)
{
	return op->kind == LINEAR_READ || op->result < 0;
}

void linear_print(FILE *file, const struct linear_op *op)
{
	fprintf(file, "%12llu .. %12llu  actor %u  %s", (unsigned long long)op->start_ns,
		(unsigned long long)op->end_ns, op->actor, kinds[op->kind]);
	if (op->kind <= LINEAR_OPEN)
		fprintf(file, " %c", 'a' + op->name);
	if (op->kind == LINEAR_OPEN)
		fprintf(file, " %s", op->event ? "goes" : "stays");
	if (op->kind == LINEAR_WRITE)
		fprintf(file, " %u", op->value);
	fprintf(file, ": %s\n",
		op->result < 0		  ? strerror(-op->result)
		: op->result		  ? "1"
		: op->kind == LINEAR_READ ? "0"
					  : "done");
}
