/* SPDX-License-Identifier: MIT */
/*
 * ctf: a graph of babeltrace2's library, our component its source, sink.ctf.fs its end. Each CPU is a stream, cut into packets, so that a reader finds its way; what was
 * lost stands between two of them. Messages of all streams go through one port in the order of their time.
 *
 * Of what a reader needs to know of lost events, sink.ctf.fs wants to hear the end of the next packet as well: that packet is the one event behind them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <babeltrace2/babeltrace.h>

#include "export/ctf-class.h"
#include "export/internal.h"

#define PACKET_EVENTS 4096
#define QUEUE_MAX     8 /* messages that one event can make */

struct stream {
	bt_stream *stream; /* NULL: no event came yet */
	bt_packet *packet; /* NULL: none is open */
	unsigned int nr_events;
};

/* All of it; the component and its iterator are there for the graph only. */
struct ctf {
	struct utfs_export *export;
	struct utfs_recording_failure *failure;
	struct utfs_ctf_classes classes;
	bt_trace *trace;
	struct stream *streams; /* by CPU */
	size_t nr_streams;
	uint64_t now; /* the last message's time */
	const bt_message *queue[QUEUE_MAX];
	size_t nr_queue, queue_at;
	size_t ending; /* the stream that ends next, once there are no more events */
	bool at_end;
	int error;
};

/* ------------------------------------------------------------------------------------------------
 * Messages
 */

static int queue_message(struct ctf *ctf, const bt_message *message)
{
	if (!message)
		return -ENOMEM;
	ctf->queue[ctf->nr_queue++] = message;
	return 0;
}

static int end_packet(struct ctf *ctf, bt_self_message_iterator *iterator, struct stream *stream,
		      uint64_t now)
{
	int ret;

	if (!stream->packet)
		return 0;
	ret = queue_message(ctf, bt_message_packet_end_create_with_default_clock_snapshot(
					 iterator, stream->packet, now));
	bt_packet_put_ref(stream->packet);
	stream->packet = NULL;
	return ret;
}

static int begin_packet(struct ctf *ctf, bt_self_message_iterator *iterator, struct stream *stream,
			uint32_t cpu, uint64_t now)
{
	bt_field *context;

	stream->packet = bt_packet_create(stream->stream);
	if (!stream->packet)
		return -ENOMEM;
	context = bt_packet_borrow_context_field(stream->packet);
	bt_field_integer_unsigned_set_value(
		bt_field_structure_borrow_member_field_by_index(context, 0), cpu);
	stream->nr_events = 0;
	return queue_message(ctf, bt_message_packet_beginning_create_with_default_clock_snapshot(
					  iterator, stream->packet, now));
}

static int tell_lost(struct ctf *ctf, bt_self_message_iterator *iterator, struct stream *stream,
		     uint64_t lost, uint64_t from, uint64_t until)
{
	bt_message *message = bt_message_discarded_events_create_with_default_clock_snapshots(
		iterator, stream->stream, from, until);

	if (message && lost != UTFS_RECORDING_LOST_SOME)
		bt_message_discarded_events_set_count(message, lost);
	return queue_message(ctf, message);
}

static int put_event(struct ctf *ctf, bt_self_message_iterator *iterator, struct stream *stream,
		     const struct utfs_recording_event *event)
{
	const bt_event_class *class;
	bt_message *message;
	int ret = utfs_ctf_event_class(&ctf->classes, event->type, &class);

	if (ret)
		return ret;
	message = bt_message_event_create_with_packet_and_default_clock_snapshot(
		iterator, class, stream->packet, event->timestamp);
	if (!message)
		return -ENOMEM;
	ret = utfs_ctf_fill(event, bt_message_event_borrow_event(message));
	stream->nr_events++;
	if (ret)
		bt_message_put_ref(message);
	return ret ? ret : queue_message(ctf, message);
}

/* The stream of a CPU, which begins with its first event. */
static int stream_of(struct ctf *ctf, bt_self_message_iterator *iterator, uint32_t cpu,
		     struct stream **stream)
{
	struct stream *grown;

	if (cpu >= ctf->nr_streams) {
		grown = reallocarray(ctf->streams, cpu + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		memset(grown + ctf->nr_streams, 0, (cpu + 1 - ctf->nr_streams) * sizeof(*grown));
		ctf->streams = grown;
		ctf->nr_streams = cpu + 1;
	}
	*stream = &ctf->streams[cpu];
	if ((*stream)->stream)
		return 0;
	(*stream)->stream = bt_stream_create_with_id(ctf->classes.stream_class, ctf->trace, cpu);
	if (!(*stream)->stream)
		return -ENOMEM;
	return queue_message(ctf, bt_message_stream_beginning_create(iterator, (*stream)->stream));
}

/* The messages of the next event. Return: 1; 0 that was the last one; negative errno. */
static int take_event(struct ctf *ctf, bt_self_message_iterator *iterator)
{
	struct utfs_recording_event event;
	struct stream *stream;
	uint64_t before;
	int ret = utfs_export_next(ctf->export, &event);

	if (ret <= 0)
		return ret;
	ret = stream_of(ctf, iterator, event.cpu, &stream);
	before = ctf->now;
	/* What is lost is counted from packet to packet, so there is one before it. */
	if (!ret && !stream->packet) {
		ret = begin_packet(ctf, iterator, stream, event.cpu, event.timestamp);
		before = event.timestamp;
	}
	if (!ret && (event.lost || stream->nr_events == PACKET_EVENTS))
		ret = end_packet(ctf, iterator, stream, before);
	if (!ret && event.lost)
		ret = tell_lost(ctf, iterator, stream, event.lost, before, event.timestamp);
	if (!ret && !stream->packet)
		ret = begin_packet(ctf, iterator, stream, event.cpu, event.timestamp);
	if (!ret)
		ret = put_event(ctf, iterator, stream, &event);
	if (!ret && event.lost)
		ret = end_packet(ctf, iterator, stream, event.timestamp);
	/* One that is open ends when it has to, so nothing but what was lost lies between two. */
	if (!ret && event.lost)
		ret = begin_packet(ctf, iterator, stream, event.cpu, event.timestamp);
	ctf->now = event.timestamp;
	return ret ? ret : 1;
}

/* The messages of a stream's end. Return: 1; 0 all have ended; negative errno. */
static int take_end(struct ctf *ctf, bt_self_message_iterator *iterator)
{
	struct stream *stream;
	int ret;

	while (ctf->ending < ctf->nr_streams && !ctf->streams[ctf->ending].stream)
		ctf->ending++;
	if (ctf->ending == ctf->nr_streams)
		return 0;
	stream = &ctf->streams[ctf->ending++];
	ret = end_packet(ctf, iterator, stream, ctf->now);
	if (!ret)
		ret = queue_message(ctf, bt_message_stream_end_create(iterator, stream->stream));
	return ret ? ret : 1;
}

static int fill_queue(struct ctf *ctf, bt_self_message_iterator *iterator)
{
	int ret = 0;

	ctf->nr_queue = ctf->queue_at = 0;
	if (!ctf->at_end)
		ret = take_event(ctf, iterator);
	ctf->at_end |= ret == 0;
	return ctf->at_end ? take_end(ctf, iterator) : ret;
}

static bt_message_iterator_class_next_method_status
next_messages(bt_self_message_iterator *iterator, bt_message_array_const messages,
	      uint64_t capacity, uint64_t *count)
{
	struct ctf *ctf =
		bt_self_component_get_data(bt_self_message_iterator_borrow_component(iterator));
	int ret = 1;

	*count = 0;
	while (*count < capacity && ret > 0) {
		if (ctf->queue_at < ctf->nr_queue)
			messages[(*count)++] = ctf->queue[ctf->queue_at++];
		else
			ret = fill_queue(ctf, iterator);
	}
	if (*count)
		return BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_OK;
	ctf->error = ret;
	return ret ? BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_ERROR
		   : BT_MESSAGE_ITERATOR_CLASS_NEXT_METHOD_STATUS_END;
}

/* ------------------------------------------------------------------------------------------------
 * The graph
 */

static bt_component_class_initialize_method_status
initialize(bt_self_component_source *source, bt_self_component_source_configuration *configuration,
	   const bt_value *params, void *data)
{
	bt_self_component *self = bt_self_component_source_as_self_component(source);
	struct ctf *ctf = data;
	const struct utfs_recording *recording = ctf->export->recording;
	char note[UTFS_EXPORT_NOTE_BYTES];
	const struct utfs_ctf_clock clock = {
		.name = utfs_recording_about(recording, 0)->clock,
		.note = utfs_export_clock_note(recording, note),
	};

	(void)configuration;
	(void)params;
	bt_self_component_set_data(self, ctf);
	ctf->error = utfs_ctf_classes_init(&ctf->classes, self, &clock);
	if (!ctf->error) {
		ctf->trace = bt_trace_create(ctf->classes.trace_class);
		ctf->error = ctf->trace ? 0 : -ENOMEM;
	}
	if (ctf->error ||
	    bt_trace_set_environment_entry_string(ctf->trace, "tracer_name", "utracefs") ||
	    bt_self_component_source_add_output_port(source, "out", NULL, NULL))
		return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
	return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_OK;
}

/* Return: our component's class; NULL. */
static bt_component_class_source *create_class(void)
{
	bt_message_iterator_class *iterator = bt_message_iterator_class_create(next_messages);
	bt_component_class_source *class = NULL;

	if (iterator)
		class = bt_component_class_source_create("utracefs", iterator);
	bt_message_iterator_class_put_ref(iterator);
	if (class && bt_component_class_source_set_initialize_method(class, initialize)) {
		bt_component_class_source_put_ref(class);
		class = NULL;
	}
	return class;
}

/* Return: what sink.ctf.fs is to do; NULL. */
static bt_value *sink_parameters(const char *path)
{
	bt_value *map = bt_value_map_create();

	if (map && (bt_value_map_insert_string_entry(map, "path", path) ||
		    bt_value_map_insert_bool_entry(map, "assume-single-trace", BT_TRUE) ||
		    bt_value_map_insert_bool_entry(map, "quiet", BT_TRUE))) {
		bt_value_put_ref(map);
		map = NULL;
	}
	return map;
}

static int connect_and_run(struct ctf *ctf, bt_graph *graph,
			   const bt_component_class_source *source_class,
			   const bt_component_class_sink *sink_class, const bt_value *parameters)
{
	const bt_component_source *source;
	const bt_component_sink *sink;

	if (bt_graph_add_source_component_with_initialize_method_data(
		    graph, source_class, "utracefs", NULL, ctf, BT_LOGGING_LEVEL_NONE, &source) ||
	    bt_graph_add_sink_component(graph, sink_class, "files", parameters,
					BT_LOGGING_LEVEL_NONE, &sink) ||
	    bt_graph_connect_ports(
		    graph, bt_component_source_borrow_output_port_by_index_const(source, 0),
		    bt_component_sink_borrow_input_port_by_index_const(sink, 0), NULL) ||
	    bt_graph_run(graph))
		return ctf->error ? ctf->error : -EIO;
	return 0;
}

/* What babeltrace2 says is wrong: the cause of all causes comes first. */
static void explain(struct ctf *ctf)
{
	const bt_error *error = bt_current_thread_take_error();

	if (!error)
		return;
	if (ctf->error == 0 && bt_error_get_cause_count(error) > 0)
		snprintf(ctf->failure->text, sizeof(ctf->failure->text), "babeltrace2: %.200s",
			 bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0)));
	bt_error_release(error);
}

static int run_graph(struct ctf *ctf, const bt_component_class_sink *sink_class)
{
	bt_graph *graph = bt_graph_create(0);
	bt_component_class_source *source_class = create_class();
	bt_value *parameters = sink_parameters(ctf->export->made);
	int ret = -ENOMEM;

	if (graph && source_class && parameters)
		ret = connect_and_run(ctf, graph, source_class, sink_class, parameters);
	if (ret)
		explain(ctf);
	/* The files are complete when the sink has gone, which refers to the trace until then. */
	bt_graph_put_ref(graph);
	while (ctf->queue_at < ctf->nr_queue)
		bt_message_put_ref(ctf->queue[ctf->queue_at++]);
	for (size_t i = 0; i < ctf->nr_streams; i++) {
		bt_packet_put_ref(ctf->streams[i].packet);
		bt_stream_put_ref(ctf->streams[i].stream);
	}
	free(ctf->streams);
	bt_trace_put_ref(ctf->trace);
	utfs_ctf_classes_fini(&ctf->classes);
	bt_value_put_ref(parameters);
	bt_component_class_source_put_ref(source_class);
	return ret;
}

int utfs_export_ctf(struct utfs_export *export, struct utfs_recording_failure *failure)
{
	struct ctf ctf = {.export = export, .failure = failure};
	const bt_component_class_sink *sink_class = NULL;
	const bt_plugin *plugin = NULL;
	int ret;

	if (bt_plugin_find("ctf", BT_TRUE, BT_FALSE, BT_TRUE, BT_TRUE, BT_FALSE, &plugin) ==
	    BT_PLUGIN_FIND_STATUS_OK)
		sink_class = bt_plugin_borrow_sink_component_class_by_name_const(plugin, "fs");
	if (sink_class) {
		/* It wants to make the directory itself. */
		ret = rmdir(export->made) ? -errno : run_graph(&ctf, sink_class);
	} else {
		snprintf(failure->text, sizeof(failure->text),
			 "babeltrace2's plugin for ctf is not installed");
		ret = -ENOTSUP;
	}
	bt_plugin_put_ref(plugin);
	return ret;
}
