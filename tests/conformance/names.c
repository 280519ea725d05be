/* SPDX-License-Identifier: MIT */
/* Names: mkdir and rmdir everywhere, what keeps an instance, other changes of the name space, attributes. */
#include "conformance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void fact_mkdir(const char *path)
{
	int rc = mkdir(at(path), 0755);

	fact_rc(words("mkdir %s", path), rc);
	if (!rc)
		rmdir(at(path));
}

static void fact_rmdir(const char *path)
{
	fact_rc(words("rmdir %s", path), rmdir(at(path)));
}

static void probe_mkdir_names(void)
{
	static char name[400];
	struct stat st;

	for (unsigned int length = 254; length <= 300; length += length < 256 ? 1 : 44) {
		int rc;

		memset(name, 'n', length);
		name[length] = '\0';
		rc = mkdir(at(words("/instances/%s", name)), 0755);
		fact_rc(words("mkdir an instance with a name of %u bytes", length), rc);
		if (!rc)
			fact_rc(words("rmdir the instance with a name of %u bytes", length),
				rmdir(at(words("/instances/%s", name))));
	}
	fact_mkdir("/instances/conformance with space");
	fact_mkdir("/instances/.conformance");
	fact_mkdir("/instances/conformance\n");
	fact_mkdir("/instances/conformance:x");
	fact_mkdir("/instances/conform\xc3\xa4nce");
	fact_mkdir("/instances/");
	fact_mkdir("/instances/.");
	if (!mkdir(at("/instances/" VICTIM), 0) && !stat(at("/instances/" VICTIM), &st))
		fact("mode of an instance made with mode 0", "%o", st.st_mode);
	rmdir(at("/instances/" VICTIM));
}

static void probe_mkdir(void)
{
	static const char *const made[] = {
		"/foo",
		"/events/foo",
		"/events/" SYSTEM "/foo",
		"/" EVENT_DIR "/foo",
		"/options/foo",
		"/per_cpu/foo",
		"/per_cpu/cpu0/foo",
		"/README/foo",
		"/instances",
		"/events",
		"/README",
		"/instances/" INSTANCE,
		"foo",
		"instances",
		"events/foo",
		"events/" SYSTEM "/foo",
		"options/foo",
		"per_cpu/foo",
		"/instances/nonexist/foo",
		"/nonexist/foo",
		"/instances/" INSTANCE "/trace/foo",
	};
	static const char *const removed[] = {
		"/instances",
		"/events",
		"/events/" SYSTEM,
		"/" EVENT_DIR,
		"/options",
		"/per_cpu",
		"/per_cpu/cpu0",
		"/README",
		"/nonexist",
		"/instances/nonexist",
		"events",
		"events/" SYSTEM,
		EVENT_DIR,
		"options",
		"per_cpu",
		"per_cpu/cpu0",
		"trace",
		"/instances/.",
		"/instances/" INSTANCE "/..",
	};

	rmdir(at("/instances/" INSTANCE));
	fact_rc("mkdir the instance", mkdir(at("/instances/" INSTANCE), 0755));
	for (size_t i = 0; i < COUNT(made); i++)
		fact_mkdir(made[i]);
	for (size_t i = 0; i < COUNT(removed); i++)
		fact_rmdir(removed[i]);
	probe_mkdir_names();
}

static void fact_busy(const char *name)
{
	const char *path = words("/instances/" VICTIM "/%s", name);
	const char *first;
	int rc;
	int fd;

	mkdir(at("/instances/" VICTIM), 0755);
	fd = open(at(path), O_RDONLY | O_NONBLOCK);
	if (fd < 0) {
		fact(words("rmdir with %s open", name), "open %s", errno_name());
	} else {
		rc = rmdir(at("/instances/" VICTIM));
		first = rc ? errno_name() : "OK";
		close(fd);
		if (rc)
			rc = rmdir(at("/instances/" VICTIM));
		fact(words("rmdir with %s open", name), "%s, closed %s", first,
		     rc ? errno_name() : "OK");
	}
	/* A mount's last close may come a moment later. */
	for (int tries = 0; rmdir(at("/instances/" VICTIM)) && errno == EBUSY && tries < 100;
	     tries++)
		usleep(10000);
}

static void probe_busy_directories(void)
{
	char *here = getcwd(NULL, 0);
	int rc;

	mkdir(at("/instances/" VICTIM), 0755);
	if (!chdir(at("/instances/" VICTIM))) {
		rc = rmdir(at("/instances/" VICTIM));
		fact_rc("rmdir of the working directory", rc);
		fact_rc("open trace in a working directory that is removed",
			open("trace", O_RDONLY));
		fact_rc("open . in a working directory that is removed", open(".", O_RDONLY));
		if (here)
			(void)!chdir(here);
	}
	free(here);
	mkdir(at("/instances/" VICTIM), 0755);
	put("/instances/" VICTIM "/" EVENT_DIR "/enable", O_WRONLY, "1");
	fact_rmdir("/instances/" VICTIM);
	mkdir(at("/instances/" VICTIM), 0755);
	put("/instances/" VICTIM "/trace_marker", O_WRONLY, "x");
	fact_rmdir("/instances/" VICTIM);
	fact_rc("stat an instance that is removed", access(at("/instances/" VICTIM), F_OK));
}

void probe_busy(void)
{
	static const char *const files[] = {
		"trace",
		"trace_pipe",
		"per_cpu/cpu0/trace",
		"per_cpu/cpu0/trace_pipe",
		"per_cpu/cpu0/trace_pipe_raw",
		"per_cpu/cpu0/stats",
		"per_cpu/cpu0/buffer_size_kb",
		"trace_marker",
		"trace_marker_raw",
		"tracing_on",
		"trace_clock",
		"buffer_size_kb",
		"buffer_subbuf_size_kb",
		"set_event",
		"set_event_pid",
		"set_event_notrace_pid",
		"events/enable",
		"events/" SYSTEM "/enable",
		EVENT_DIR "/enable",
		EVENT_DIR "/filter",
		EVENT_DIR "/format",
		EVENT_DIR "/id",
		EVENT_DIR "/trigger",
		"events/" SYSTEM "/filter",
		"events/header_page",
		"options/overwrite",
		"trace_options",
		"current_tracer",
		"error_log",
		"tracing_cpumask",
		"free_buffer",
		"buffer_total_size_kb",
		"buffer_percent",
		"available_tracers",
		"timestamp_mode",
		"",
		"events",
		"options",
		"per_cpu",
		"per_cpu/cpu0",
		"events/" SYSTEM,
		EVENT_DIR,
	};

	for (size_t i = 0; i < COUNT(files); i++)
		fact_busy(files[i]);
	probe_busy_directories();
}

static void fact_link(const char *what, const char *from, const char *to,
		      int (*change)(const char *, const char *))
{
	fact_rc(words("%s %s %s", what, from, to), change(at(from), at(to)));
}

static void fact_create(const char *path)
{
	int fd = open(at(path), O_CREAT | O_WRONLY, 0644);

	fact_rc(words("open O_CREAT %s", path), fd);
	if (fd >= 0)
		close(fd);
}

static void probe_links(void)
{
	static const char *const unlinked[] = {
		"/README",
		"/trace",
		"/" EVENT_DIR "/enable",
		"trace",
		EVENT_DIR "/enable",
		"options/overwrite",
		"per_cpu/cpu0/stats",
		"/nonexist",
		"",
		"events",
	};

	for (size_t i = 0; i < COUNT(unlinked); i++)
		fact_rc(words("unlink %s", unlinked[i]), unlink(at(unlinked[i])));
	fact_link("rename", "/README", "/README2", rename);
	fact_link("rename", "/instances/" INSTANCE, "/instances/" VICTIM, rename);
	fact_link("rename", "trace", "trace2", rename);
	fact_link("rename", "trace", "trace_pipe", rename);
	fact_link("rename", EVENT_DIR, "events/" SYSTEM "/x", rename);
	fact_link("rename", EVENT_DIR "/enable", EVENT_DIR "/x", rename);
	fact_link("rename", "/nonexist", "/x", rename);
	fact_rc("symlink /foo", symlink("target", at("/foo")));
	fact_rc("symlink /instances/foo", symlink("target", at("/instances/foo")));
	fact_rc("symlink foo", symlink("target", at("foo")));
	fact_rc("symlink /README", symlink("target", at("/README")));
	fact_link("link", "/README", "/foo", link);
	fact_link("link", "trace", "trace2", link);
	fact_rc("mkfifo /foo", mkfifo(at("/foo"), 0600));
	fact_rc("mkfifo foo", mkfifo(at("foo"), 0600));
	fact_rc("mknod foo", mknod(at("foo"), S_IFCHR | 0600, makedev(1, 3)));
}

static void probe_creates(void)
{
	static const char *const created[] = {
		"/newfile",
		"/instances/newfile",
		"newfile",
		"options/newopt",
		"per_cpu/newfile",
		"events/newfile",
		"events/" SYSTEM "/newfile",
		EVENT_DIR "/newfile",
		"tracing_on",
	};
	char target[16];

	for (size_t i = 0; i < COUNT(created); i++)
		fact_create(created[i]);
	fact_rc("open O_CREAT|O_EXCL tracing_on",
		open(at("tracing_on"), O_CREAT | O_EXCL | O_WRONLY, 0600));
	fact_rc("open O_TMPFILE /", open(at("/"), O_TMPFILE | O_RDWR, 0600));
	fact_rc("open missing", open(at("nonexist"), O_RDONLY));
	fact_rc("open missing option", open(at("options/nosuch"), O_RDONLY));
	fact_rc("open missing event", open(at("events/" SYSTEM "/nosuch/enable"), O_RDONLY));
	fact_rc("open a file as a directory", open(at("trace/x"), O_RDONLY));
	fact_rc("open O_DIRECTORY trace", open(at("trace"), O_RDONLY | O_DIRECTORY));
	fact_rc("open a directory O_WRONLY", open(at("events"), O_WRONLY));
	fact_rc("readlink trace", readlink(at("trace"), target, sizeof(target)));
	fact_rc("read a directory", read(open(at("events"), O_RDONLY), target, sizeof(target)));
	fact_rc("unlinkat AT_REMOVEDIR trace", unlinkat(AT_FDCWD, at("trace"), AT_REMOVEDIR));
}

void probe_names(void)
{
	probe_mkdir();
	probe_links();
	probe_creates();
}

static void fact_chmod(const char *path, mode_t mode)
{
	struct stat st;
	int rc = chmod(at(path), mode);

	if (rc || stat(at(path), &st))
		fact(words("chmod %o %s", mode, path), "%s", errno_name());
	else
		fact(words("chmod %o %s", mode, path), "OK %o", st.st_mode);
}

static void fact_chown(const char *path)
{
	struct stat st;
	int rc = chown(at(path), 1, 1);

	if (rc || stat(at(path), &st))
		fact(words("chown 1:1 %s", path), "%s", errno_name());
	else
		fact(words("chown 1:1 %s", path), "OK %u:%u", st.st_uid, st.st_gid);
	chown(at(path), 0, 0);
}

/* What another user may do, in a process of its own. */
static void fact_other_user(const char *what, const char *path, int flags)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(255);
		if (flags < 0)
			_exit(mkdir(at(path), 0700) ? errno : 0);
		_exit(open(at(path), flags) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return;
	errno = WEXITSTATUS(status);
	fact(words("another user: %s %s", what, path), "%s", errno ? errno_name() : "OK");
}

static void probe_other_attributes(void)
{
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	struct statfs fs;
	struct stat st;
	char value[64];

	fact_rc("utimes trace", utimensat(AT_FDCWD, at("trace"), times, 0));
	fact_rc("utimes " EVENT_DIR "/enable",
		utimensat(AT_FDCWD, at(EVENT_DIR "/enable"), times, 0));
	fact_rc("truncate trace 0", truncate(at("trace"), 0));
	fact_rc("truncate trace 100", truncate(at("trace"), 100));
	if (!stat(at("trace"), &st))
		fact("size of trace after truncate", "%lld", (long long)st.st_size);
	fact_rc("truncate " EVENT_DIR "/enable 0", truncate(at(EVENT_DIR "/enable"), 0));
	fact_rc("truncate a directory", truncate(at("events"), 0));
	fact_rc("setxattr user.foo", setxattr(at("trace"), "user.foo", "x", 1, 0));
	fact_rc("getxattr user.foo", getxattr(at("trace"), "user.foo", value, sizeof(value)));
	fact_rc("removexattr user.foo", removexattr(at("trace"), "user.foo"));
	fact("listxattr", "%zd", listxattr(at("trace"), value, sizeof(value)));
	if (!statfs(at("/"), &fs))
		fact("statfs", "type %lx, blocks %lu, name length %ld", (long)fs.f_type,
		     (unsigned long)fs.f_blocks, (long)fs.f_namelen);
}

void probe_attributes(void)
{
	fact_chmod("tracing_on", 0666);
	fact_chmod("tracing_on", 0640);
	fact_chmod("", 0755);
	fact_chmod("", 0750);
	fact_chmod(EVENT_DIR "/enable", 0666);
	fact_chmod("events/" SYSTEM, 0777);
	fact_chmod("options/overwrite", 0600);
	fact_chmod("per_cpu/cpu0", 0700);
	fact_chmod("tracing_on", 04777);
	fact_chmod("tracing_on", 0640);
	fact_chown("trace");
	fact_chown(EVENT_DIR "/enable");
	fact_chown("events/" SYSTEM);
	fact_chown("per_cpu/cpu0");
	probe_other_attributes();
	fact_other_user("open", "/README", O_RDONLY);
	fact_other_user("mkdir", "/instances/" VICTIM, -1);
	fact_other_user("open", "trace_marker", O_WRONLY);
	fact_other_user("open", "/", O_RDONLY);
	fact_other_user("open", "trace", O_RDONLY);
}
