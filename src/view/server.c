/* SPDX-License-Identifier: MIT */
/*
 * HTTP for one page. Who may ask: programs of this machine that know the address, as it can be reached by the loopback interface only and has a random
 * token in it. A page of another site knows no token; one that has a name of its own resolve to 127.0.0.1 sends that name as Host, which is refused.
 */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "view/answer.h"
#include "view/page.h"
#include "view/view.h"

#define TOKEN_BYTES	  16
#define MAX_CONNECTIONS	  64
#define CONNECTION_BYTES  (64 * 1024) /* addresses with a long filter and many rows */
#define CONNECTION_IDLE_S 120

struct utfs_view {
	struct MHD_Daemon *daemon;
	pthread_mutex_t mutex; /* of the desk and its store */
	struct utfs_view_desk desk;
	uint16_t port;
	char token[2 * TOKEN_BYTES + 1];
	char address[64 + 2 * TOKEN_BYTES];
};

/* ---- who asks ---- */

/* Takes as long whatever is wrong. */
static bool same_token(const char *token, const char *text)
{
	unsigned char differs = 0;

	for (size_t i = 0; i < 2 * TOKEN_BYTES; i++)
		differs |= (unsigned char)(token[i] ^ text[i]);
	return !differs;
}

/* "/TOKEN/NAME". Return: NAME; NULL: there is no such address. */
static const char *name_in(const struct utfs_view *view, const char *url)
{
	const size_t head = 1 + 2 * TOKEN_BYTES;

	if (strlen(url) <= head || url[0] != '/' || url[head] != '/' ||
	    !same_token(view->token, url + 1))
		return NULL;
	return url + head + 1;
}

static bool is_our_host(const struct utfs_view *view, struct MHD_Connection *connection)
{
	static const char *const names[] = {"127.0.0.1", "localhost"};
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	char wanted[32];

	for (size_t i = 0; host && i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(wanted, sizeof(wanted), "%s:%u", names[i], view->port);
		if (!strcmp(host, wanted))
			return true;
	}
	return false;
}

/* ---- answering ---- */

static const char *parameter(void *ctx, const char *name)
{
	return MHD_lookup_connection_value(ctx, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned int status,
				     const char *type, struct MHD_Response *response)
{
	static const char *const headers[][2] = {
		{"Content-Security-Policy",
		 "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cache-Control", "no-store"},
	};
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		(void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
	(void)MHD_add_response_header(response, "Content-Type", type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, "Allow", "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned int status,
				 const char *text)
{
	return send_response(connection, status, "text/plain; charset=utf-8",
			     MHD_create_response_from_buffer(strlen(text), (void *)text,
							     MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result send_answer(struct utfs_view *view, struct MHD_Connection *connection,
				   const char *name)
{
	const struct utfs_view_question question = {name, parameter, connection};
	struct utfs_view_answer answer;
	struct MHD_Response *response;

	utfs_view_lock(view);
	utfs_view_answer_make(&view->desk, &question, &answer);
	utfs_view_unlock(view);
	if (!answer.body)
		return send_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	response =
		MHD_create_response_from_buffer(answer.bytes, answer.body, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(answer.body);
	return send_response(connection, answer.status, answer.type, response);
}

static enum MHD_Result send_file(struct MHD_Connection *connection, const char *name)
{
	for (const struct utfs_view_page_file *file = utfs_view_page_files; file->name; file++) {
		if (!strcmp(name, file->name))
			return send_response(
				connection, MHD_HTTP_OK, file->type,
				MHD_create_response_from_buffer(file->bytes, (void *)file->data,
								MHD_RESPMEM_PERSISTENT));
	}
	return send_text(connection, MHD_HTTP_NOT_FOUND, "there is no such thing\n");
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_bytes, void **seen)
{
	static const char api[] = "api/";
	static char once;
	struct utfs_view *view = ctx;
	const char *name;

	(void)version;
	(void)upload;
	/* First comes the head alone; what has a body is of no method that is answered. */
	if (!*seen) {
		*seen = &once;
		return MHD_YES;
	}
	if (*upload_bytes) {
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (!is_our_host(view, connection))
		return send_text(connection, MHD_HTTP_FORBIDDEN, "not by this name\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n");
	name = name_in(view, url);
	if (!name)
		return send_text(connection, MHD_HTTP_FORBIDDEN,
				 "the whole address is needed, as utracefs view printed it\n");
	if (!strncmp(name, api, sizeof(api) - 1))
		return send_answer(view, connection, name + sizeof(api) - 1);
	return send_file(connection, name);
}

/* ---- the server ---- */

static int make_token(struct utfs_view *view)
{
	unsigned char random[TOKEN_BYTES];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(view->token + 2 * i, 3, "%02x", random[i]);
	return 0;
}

static int start(struct utfs_view *view, uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const union MHD_DaemonInfo *info;

	errno = 0;
	view->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, port, NULL, NULL, on_request, view,
		MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)MAX_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)CONNECTION_IDLE_S, MHD_OPTION_END);
	if (!view->daemon)
		return errno ? -errno : -EIO;
	info = MHD_get_daemon_info(view->daemon, MHD_DAEMON_INFO_BIND_PORT);
	if (!info)
		return -EIO;
	view->port = info->port;
	snprintf(view->address, sizeof(view->address), "http://127.0.0.1:%u/%s/", view->port,
		 view->token);
	return 0;
}

int utfs_view_open(const struct utfs_view_wish *wish, struct utfs_view_store *store,
		   struct utfs_view **view)
{
	struct utfs_view *made = calloc(1, sizeof(*made));
	int ret;

	*view = NULL;
	if (!made)
		return -ENOMEM;
	pthread_mutex_init(&made->mutex, NULL);
	made->desk.store = store;
	made->desk.recording = wish->recording;
	made->desk.title = wish->title;
	made->desk.is_live = wish->is_live;
	ret = make_token(made);
	if (!ret)
		ret = start(made, wish->port);
	if (ret)
		utfs_view_close(made);
	else
		*view = made;
	return ret;
}

void utfs_view_close(struct utfs_view *view)
{
	if (!view)
		return;
	if (view->daemon)
		MHD_stop_daemon(view->daemon);
	utfs_view_desk_fini(&view->desk);
	pthread_mutex_destroy(&view->mutex);
	free(view);
}

const char *utfs_view_address(const struct utfs_view *view)
{
	return view->address;
}

void utfs_view_lock(struct utfs_view *view)
{
	pthread_mutex_lock(&view->mutex);
}

void utfs_view_unlock(struct utfs_view *view)
{
	pthread_mutex_unlock(&view->mutex);
}
