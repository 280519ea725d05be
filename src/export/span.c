/* SPDX-License-Identifier: MIT */
#include "export/span.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording/pair.h"

#define DEPTH_MAX 4096 /* slices that are open on a track; what goes deeper are instants */

/* What an event of a type is. */
enum meaning {
	MEANS_INSTANT,
	MEANS_MESSAGE, /* ftrace:print: an instant, named by its text */
	MEANS_BEGIN,
	MEANS_END,
	MEANS_WHOLE,
	MEANS_TRACK_EVENT, /* has the fields of a kernel track event */
	MEANS_COUNTER,
};

struct plan {
	bool is_made;
	enum meaning meaning;
	uint32_t family;		   /* begin, end, track event */
	const struct utfs_field *duration; /* whole; end, for one whose begin was not recorded */
	const struct utfs_field *type, *name, *value, *scope, *track_name;
	char *stem; /* begin, end: the slice's name; "": the system's */
};

/* Slices that end each other. Those of a thread are known by it. */
struct family {
	uint32_t file;
	const char *system, *stem; /* of a plan; NULL: track events of one type */
	uint32_t type;
	bool overlaps;
};

/* A track and what is open on it. */
struct lane {
	struct utfs_track track;
	char *name, *group;
	uint32_t file;	 /* of a family's track */
	uint32_t family; /* UINT32_MAX: of any */
	uint32_t *open;	 /* families, the innermost last */
	size_t nr_open, cap_open;
	uint64_t whole_begin, whole_end; /* the last slice that was known whole */
	struct lane *next;		 /* in its bucket */
};

#define NR_BUCKETS 4096

struct utfs_spans {
	struct utfs_recording *recording;
	struct plan *plans; /* by a type's index */
	size_t nr_plans;
	struct family *families;
	size_t nr_families;
	struct lane *buckets[NR_BUCKETS];
	uint32_t nr_tracks;
	bool learned; /* something was looked at ahead: it has to be forgotten */
	struct eventfs_text text;
};

#define ANY_FAMILY UINT32_MAX

/* ------------------------------------------------------------------------------------------------
 * Types
 */

static const struct utfs_field *field_of(const struct utfs_recording_type *type, const char *name)
{
	return utfs_event_format_field(type->format, name, strlen(name));
}

static const struct utfs_field *number_field(const struct utfs_recording_type *type,
					     const char *name)
{
	const struct utfs_field *field = field_of(type, name);

	return field && field->kind == UTFS_FIELD_INTEGER ? field : NULL;
}

static const struct utfs_field *string_field(const struct utfs_recording_type *type,
					     const char *name)
{
	const struct utfs_field *field = field_of(type, name);

	return field && field->is_string && field->kind != UTFS_FIELD_INTEGER ? field : NULL;
}

/* The field that begins with "scope_". */
static const struct utfs_field *scope_field(const struct utfs_recording_type *type)
{
	for (size_t i = UTFS_NR_COMMON; i < type->format->nr_fields; i++) {
		const struct utfs_field *field = &type->format->fields[i];

		if (strncmp(field->name, "scope_", 6) == 0 && field->kind == UTFS_FIELD_INTEGER)
			return field;
	}
	return NULL;
}

/* Where the time stamps are no ns, nothing can be said of where such a slice began. */
static const struct utfs_field *duration_field(const struct utfs_spans *spans,
					       const struct utfs_recording_type *type)
{
	const struct utfs_field *field = number_field(type, "duration_ns");

	if (!utfs_recording_about(spans->recording, type->file)->clock_in_ns)
		return NULL;
	return field ? field : number_field(type, "wait_ns");
}

/* Is there an event that this one is a pair with? */
static bool find_pair(const struct utfs_spans *spans, const struct utfs_recording_type *type,
		      struct utfs_pair_name *pair)
{
	const struct utfs_recording_type *other;

	for (size_t n = 0; utfs_pair_name(type->name, n, pair); n++) {
		for (size_t i = 0;
		     pair->is_slice && (other = utfs_recording_type(spans->recording, i)); i++) {
			if (other->file == type->file && strcmp(other->system, type->system) == 0 &&
			    utfs_pair_matches(pair, other->name))
				return true;
		}
	}
	return false;
}

/* The family of a pair, or of the track events of a type. */
static int find_family(struct utfs_spans *spans, const struct utfs_recording_type *type,
		       struct plan *plan)
{
	struct family *families;

	for (size_t i = 0; i < spans->nr_families && plan->stem; i++) {
		const struct family *family = &spans->families[i];

		if (family->stem && family->file == type->file &&
		    strcmp(family->system, type->system) == 0 &&
		    strcmp(family->stem, plan->stem) == 0) {
			plan->family = (uint32_t)i;
			return 0;
		}
	}
	families = reallocarray(spans->families, spans->nr_families + 1, sizeof(*families));
	if (!families)
		return -ENOMEM;
	spans->families = families;
	plan->family = (uint32_t)spans->nr_families;
	families[spans->nr_families++] = (struct family){
		.file = type->file,
		.system = type->system,
		.stem = plan->stem,
		.type = type->index,
	};
	return 0;
}

static int make_plan(struct utfs_spans *spans, const struct utfs_recording_type *type,
		     struct plan *plan)
{
	struct utfs_pair_name pair;

	*plan = (struct plan){.is_made = true};
	plan->type = number_field(type, "track_event_type");
	plan->name = string_field(type, "slice_name");
	plan->value = field_of(type, "counter_value");
	plan->scope = scope_field(type);
	plan->track_name = string_field(type, "track_name");
	plan->duration = duration_field(spans, type);
	if (plan->type && plan->name) {
		plan->meaning = MEANS_TRACK_EVENT;
		return find_family(spans, type, plan);
	}
	if (plan->value &&
	    (plan->value->kind == UTFS_FIELD_INTEGER || plan->value->kind == UTFS_FIELD_FLOAT)) {
		plan->meaning = MEANS_COUNTER;
	} else if (find_pair(spans, type, &pair)) {
		plan->meaning = pair.begins ? MEANS_BEGIN : MEANS_END;
		plan->stem = utfs_pair_stem(&pair);
		return plan->stem ? find_family(spans, type, plan) : -ENOMEM;
	} else if (plan->duration) {
		plan->meaning = MEANS_WHOLE;
	} else if (strcmp(type->system, "ftrace") == 0 && strcmp(type->name, "print") == 0) {
		plan->meaning = MEANS_MESSAGE;
	}
	return 0;
}

/* What slices of a type are called unless a field says it. */
static const char *name_of(const struct plan *plan, const struct utfs_recording_type *type)
{
	if (!plan->stem)
		return type->name;
	return *plan->stem ? plan->stem : type->system;
}

static int plan_of(struct utfs_spans *spans, const struct utfs_recording_type *type,
		   const struct plan **plan)
{
	struct plan *plans;
	size_t nr;
	int ret = 0;

	if (type->index >= spans->nr_plans) {
		nr = type->index + 64;
		plans = reallocarray(spans->plans, nr, sizeof(*plans));
		if (!plans)
			return -ENOMEM;
		memset(plans + spans->nr_plans, 0, (nr - spans->nr_plans) * sizeof(*plans));
		spans->plans = plans;
		spans->nr_plans = nr;
	}
	if (!spans->plans[type->index].is_made)
		ret = make_plan(spans, type, &spans->plans[type->index]);
	*plan = &spans->plans[type->index];
	return ret;
}

/* ------------------------------------------------------------------------------------------------
 * Tracks
 */

/* What a track is found by. */
struct key {
	enum utfs_scope scope;
	int64_t id;
	uint32_t file, family;
	const char *name, *group;
	size_t name_bytes;
	bool is_counter;
};

static uint64_t hash_of(const struct key *key)
{
	uint64_t hash = (uint64_t)key->id * UINT64_C(0x9e3779b97f4a7c15) + key->scope;

	hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + key->family;
	for (size_t i = 0; i < key->name_bytes; i++)
		hash = (hash ^ (unsigned char)key->name[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

static bool is_lane(const struct lane *lane, const struct key *key)
{
	return lane->track.scope == key->scope && lane->track.id == key->id &&
	       lane->family == key->family && lane->track.is_counter == key->is_counter &&
	       (key->family == ANY_FAMILY || lane->file == key->file) &&
	       !lane->name == !key->name &&
	       (!key->name || (strlen(lane->name) == key->name_bytes &&
			       memcmp(lane->name, key->name, key->name_bytes) == 0)) &&
	       (key->scope != UTFS_SCOPE_OTHER || strcmp(lane->group, key->group) == 0);
}

static void lane_free(struct lane *lane)
{
	free(lane->name);
	free(lane->group);
	free(lane->open);
	free(lane);
}

/* Who the track's owner is. */
static void name_owner(const struct utfs_spans *spans, struct utfs_track *track)
{
	if (track->scope == UTFS_SCOPE_THREAD)
		track->tgid = utfs_recording_tgid(spans->recording, (int32_t)track->id);
	else if (track->scope == UTFS_SCOPE_PROCESS)
		track->tgid = (int32_t)track->id;
	if (track->scope == UTFS_SCOPE_THREAD || track->scope == UTFS_SCOPE_PROCESS)
		track->comm = utfs_recording_comm(spans->recording, (int32_t)track->id);
}

static struct lane *lane_create(struct utfs_spans *spans, const struct key *key)
{
	struct lane *lane = calloc(1, sizeof(*lane));

	if (!lane)
		return NULL;
	lane->name = key->name ? strndup(key->name, key->name_bytes) : NULL;
	lane->group = key->group ? strdup(key->group) : NULL;
	if ((key->name && !lane->name) || (key->group && !lane->group)) {
		lane_free(lane);
		return NULL;
	}
	lane->file = key->file;
	lane->family = key->family;
	lane->track = (struct utfs_track){
		.scope = key->scope,
		.id = key->id,
		.name = lane->name,
		.group = lane->group,
		.is_counter = key->is_counter,
		.index = spans->nr_tracks++,
	};
	name_owner(spans, &lane->track);
	return lane;
}

static int find_lane(struct utfs_spans *spans, const struct key *key, struct lane **lane)
{
	struct lane **bucket = &spans->buckets[hash_of(key) % NR_BUCKETS];

	for (*lane = *bucket; *lane; *lane = (*lane)->next) {
		if (is_lane(*lane, key))
			return 0;
	}
	*lane = lane_create(spans, key);
	if (!*lane)
		return -ENOMEM;
	(*lane)->next = *bucket;
	*bucket = *lane;
	return 0;
}

static void forget_lanes(struct utfs_spans *spans)
{
	for (size_t i = 0; i < NR_BUCKETS; i++) {
		while (spans->buckets[i]) {
			struct lane *lane = spans->buckets[i];

			spans->buckets[i] = lane->next;
			lane_free(lane);
		}
	}
	spans->nr_tracks = 0;
}

/* The track that an event's fields say. */
static int lane_of(struct utfs_spans *spans, const struct plan *plan,
		   const struct utfs_recording_event *event, struct lane **lane)
{
	const bool is_counter = plan->meaning == MEANS_COUNTER;
	struct key key = {.id = event->tid, .family = ANY_FAMILY, .is_counter = is_counter};
	struct utfs_recording_value value;

	if (is_counter || plan->meaning == MEANS_TRACK_EVENT) {
		if (plan->scope) {
			utfs_recording_value(event, plan->scope, &value);
			key.id = value.i;
			key.group = plan->scope->name;
			key.scope = strcmp(key.group, "scope_tgid") == 0  ? UTFS_SCOPE_PROCESS
				    : strcmp(key.group, "scope_cpu") == 0 ? UTFS_SCOPE_CPU
									  : UTFS_SCOPE_OTHER;
		}
		if (plan->track_name) {
			utfs_recording_value(event, plan->track_name, &value);
			if (value.kind == UTFS_RECORDING_STRING && value.data && value.bytes) {
				key.name = (const char *)value.data;
				key.name_bytes = value.bytes;
			}
		}
		/* Only a thread has a track without a name. */
		if (!key.name && (is_counter || plan->scope)) {
			key.name = event->type->name;
			key.name_bytes = strlen(key.name);
		}
	}
	/* Counters of one name are one counter; slices of different tracepoints do not share a track. */
	if (!is_counter && key.name) {
		key.family = plan->family;
		key.file = event->type->file;
	}
	return find_lane(spans, &key, lane);
}

/* The track of a family that does not nest with others. */
static int own_lane(struct utfs_spans *spans, const struct plan *plan,
		    const struct utfs_recording_event *event, struct lane **lane)
{
	const char *name = name_of(plan, event->type);
	struct key key = {
		.id = event->tid,
		.file = event->type->file,
		.family = plan->family,
		.name = name,
		.name_bytes = strlen(name),
	};

	return find_lane(spans, &key, lane);
}

/* ------------------------------------------------------------------------------------------------
 * Begin and end
 */

/* Return: 1; 0 too deep; -ENOMEM. */
static int push(struct lane *lane, uint32_t family)
{
	uint32_t *open;
	size_t cap;

	if (lane->nr_open == DEPTH_MAX)
		return 0;
	if (lane->nr_open == lane->cap_open) {
		cap = lane->cap_open ? lane->cap_open * 2 : 8;
		open = reallocarray(lane->open, cap, sizeof(*open));
		if (!open)
			return -ENOMEM;
		lane->open = open;
		lane->cap_open = cap;
	}
	lane->open[lane->nr_open++] = family;
	return 1;
}

/* Where the innermost of a family is, counted from the outermost on; nr_open: nowhere. */
static size_t find_open(const struct lane *lane, uint32_t family)
{
	for (size_t i = lane->nr_open; i-- > 0;) {
		if (lane->open[i] == family)
			return i;
	}
	return lane->nr_open;
}

/* Ends a slice; those that began later and go on overlap with it. */
static void pop_learning(struct utfs_spans *spans, struct lane *lane, uint32_t family)
{
	size_t at = find_open(lane, family);

	if (at == lane->nr_open)
		return;
	for (size_t i = at; i < lane->nr_open && at + 1 < lane->nr_open; i++)
		spans->families[lane->open[i]].overlaps = true;
	memmove(&lane->open[at], &lane->open[at + 1],
		(lane->nr_open - at - 1) * sizeof(lane->open[0]));
	lane->nr_open--;
}

/* What an event is; of a track event the letter says it. */
static enum meaning meaning_of(const struct plan *plan, const struct utfs_recording_event *event)
{
	struct utfs_recording_value value;

	if (plan->meaning != MEANS_TRACK_EVENT)
		return plan->meaning;
	utfs_recording_value(event, plan->type, &value);
	return value.u == 'B' ? MEANS_BEGIN : value.u == 'E' ? MEANS_END : MEANS_INSTANT;
}

bool utfs_spans_can_learn(const struct utfs_spans *spans)
{
	return spans->nr_families > 1;
}

int utfs_spans_learn(struct utfs_spans *spans, const struct utfs_recording_event *event)
{
	const struct plan *plan;
	struct lane *lane;
	enum meaning meaning;
	int ret = plan_of(spans, event->type, &plan);

	spans->learned = true;
	if (ret)
		return ret;
	meaning = meaning_of(plan, event);
	if (meaning != MEANS_BEGIN && meaning != MEANS_END)
		return 0;
	ret = lane_of(spans, plan, event, &lane);
	if (ret || lane->track.name)
		return ret;
	if (meaning == MEANS_END)
		pop_learning(spans, lane, plan->family);
	else
		ret = push(lane, plan->family);
	return ret < 0 ? ret : 0;
}

/* ------------------------------------------------------------------------------------------------
 * Spans
 */

static void set_name(struct utfs_span *span, const char *name)
{
	span->name = name;
	span->name_bytes = strlen(name);
}

static void take_message(struct utfs_spans *spans, const struct utfs_recording_event *event,
			 struct utfs_span *span)
{
	spans->text.len_bytes = 0;
	utfs_recording_text(spans->recording, event, &spans->text);
	if (!spans->text.error && spans->text.len_bytes) {
		span->name = spans->text.data;
		span->name_bytes = spans->text.len_bytes;
	}
}

/* The event came at the end; it was written a little later than what it tells of, so what lay in it may seem to begin earlier. */
static bool take_whole(const struct plan *plan, const struct utfs_recording_event *event,
		       struct lane *lane, struct utfs_span *span)
{
	struct utfs_recording_value value;

	utfs_recording_value(event, plan->duration, &value);
	if (value.kind == UTFS_RECORDING_NONE || value.u > event->timestamp)
		return false;
	span->kind = UTFS_SPAN_WHOLE;
	span->begin = event->timestamp - value.u;
	if (span->begin < lane->whole_end && span->begin > lane->whole_begin)
		span->begin = lane->whole_begin;
	lane->whole_begin = span->begin;
	lane->whole_end = event->timestamp;
	return true;
}

static int take_slice(struct utfs_spans *spans, const struct plan *plan, enum meaning meaning,
		      const struct utfs_recording_event *event, struct lane *lane,
		      struct utfs_span *span)
{
	struct utfs_recording_value value;
	int ret = 0;

	if (plan->stem && meaning == MEANS_BEGIN)
		set_name(span, name_of(plan, event->type));
	if (plan->meaning == MEANS_TRACK_EVENT) {
		utfs_recording_value(event, plan->name, &value);
		if (value.kind == UTFS_RECORDING_STRING && value.bytes) {
			span->name = (const char *)value.data;
			span->name_bytes = value.bytes;
		}
	}
	if (meaning == MEANS_BEGIN) {
		ret = push(lane, plan->family);
		span->kind = ret > 0 ? UTFS_SPAN_BEGIN : UTFS_SPAN_INSTANT;
	} else if (meaning == MEANS_END) {
		size_t at = find_open(lane, plan->family);

		/* Its begin may be missing: it was before the recording, or is not recorded. */
		if (at + 1 == lane->nr_open) {
			span->kind = UTFS_SPAN_END;
			lane->nr_open--;
		} else if (plan->duration && take_whole(plan, event, lane, span)) {
			set_name(span, name_of(plan, event->type));
		} else {
			set_name(span, event->type->name);
		}
	}
	return ret < 0 ? ret : 0;
}

int utfs_spans_take(struct utfs_spans *spans, const struct utfs_recording_event *event,
		    struct utfs_span *span)
{
	const struct plan *plan;
	struct lane *lane;
	enum meaning meaning;
	int ret = plan_of(spans, event->type, &plan);

	if (spans->learned)
		forget_lanes(spans);
	spans->learned = false;
	if (!ret)
		ret = lane_of(spans, plan, event, &lane);
	if (ret)
		return ret;
	meaning = meaning_of(plan, event);
	if ((meaning == MEANS_BEGIN || meaning == MEANS_END) && !lane->track.name &&
	    spans->families[plan->family].overlaps)
		ret = own_lane(spans, plan, event, &lane);
	if (ret)
		return ret;
	*span = (struct utfs_span){.kind = UTFS_SPAN_INSTANT, .track = &lane->track};
	set_name(span, event->type->name);
	if (meaning == MEANS_MESSAGE) {
		take_message(spans, event, span);
	} else if (meaning == MEANS_WHOLE) {
		take_whole(plan, event, lane, span);
	} else if (meaning == MEANS_COUNTER) {
		utfs_recording_value(event, plan->value, &span->value);
		if (span->value.kind != UTFS_RECORDING_NONE)
			span->kind = UTFS_SPAN_COUNTER;
	} else if (meaning != MEANS_INSTANT || plan->meaning == MEANS_TRACK_EVENT) {
		ret = take_slice(spans, plan, meaning, event, lane, span);
	}
	return ret ? ret : spans->text.error;
}

/* ------------------------------------------------------------------------------------------------
 * All of it
 */

int utfs_spans_create(struct utfs_recording *recording, struct utfs_spans **spans)
{
	const struct utfs_recording_type *type;
	struct utfs_spans *made = calloc(1, sizeof(*made));
	const struct plan *plan;
	int ret = made ? 0 : -ENOMEM;

	*spans = NULL;
	if (made)
		made->recording = recording;
	for (size_t i = 0; !ret && (type = utfs_recording_type(recording, i)); i++)
		ret = plan_of(made, type, &plan);
	if (ret)
		utfs_spans_free(made);
	else
		*spans = made;
	return ret;
}

void utfs_spans_free(struct utfs_spans *spans)
{
	if (!spans)
		return;
	forget_lanes(spans);
	for (size_t i = 0; i < spans->nr_plans; i++)
		free(spans->plans[i].stem);
	free(spans->plans);
	free(spans->families);
	eventfs_text_fini(&spans->text);
	free(spans);
}
