/* See store_server.h. */
#include "server/runtime/tests/store_server.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS_MAX 30000
#define END_MS_MAX   10000
#define LOOK_MS      20

/* The newest server's folder of programs; Debian keeps them out of PATH. False: none. */
static bool programs_find(char ret[200])
{
    glob_t found;
    bool ok = false;

    if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0) {
        const char *last = found.gl_pathv[found.gl_pathc - 1];
        const char *slash = strrchr(last, '/');
        ok = snprintf(ret, 200, "%.*s", (int)(slash - last), last) < 200;
        globfree(&found);
    }
    return ok;
}

bool store_server_root_leave(void)
{
    if (geteuid() != 0) {
        return true;
    }
    const struct passwd *user = getpwnam("postgres");
    return user != NULL && setgroups(0, NULL) == 0 && setgid(user->pw_gid) == 0 &&
           setuid(user->pw_uid) == 0;
}

/* In a child: never returns. */
static void become(const struct store_server *server, const char *const *words, int out)
{
    char path[300];
    char log[80];
    char bin[200] = "";

    (void)programs_find(bin);
    (void)snprintf(path, sizeof path, "%s/%s", bin, words[0]);
    (void)snprintf(log, sizeof log, "%s/log", server->dir);
    if (!store_server_root_leave() || chdir(server->dir) != 0) {
        _exit(126);
    }
    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)dup2(out >= 0 ? out : fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    (void)execv(path, (char *const *)(uintptr_t)words);
    _exit(127);
}

/* Runs a program to its end. `ret`: what it printed; may be NULL. */
static bool run(const struct store_server *server, const char *const *words, struct buf *ret)
{
    int ends[2];
    int status = -1;
    char bytes[4096];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become(server, words, ends[1]);
    }
    (void)close(ends[1]);
    for (ssize_t len; (len = read(ends[0], bytes, sizeof bytes)) > 0;) {
        if (ret != NULL) {
            buf_add(ret, bytes, (size_t)len);
        }
    }
    (void)close(ends[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

/* --- The guardian --------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static pid_t pid_of(const struct store_server *server)
{
    char path[80];
    char line[32] = "";

    (void)snprintf(path, sizeof path, "%s/data/postmaster.pid", server->dir);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL) {
            line[0] = '\0';
        }
        (void)fclose(file);
    }
    return (pid_t)strtol(line, NULL, 10);
}

static void clean_up(const struct store_server *server)
{
    const pid_t pid = pid_of(server); /* of our own folder: nobody else's */

    if (pid > 0) {
        (void)kill(pid, SIGQUIT);
        for (int ms = 0; ms < END_MS_MAX && kill(pid, 0) == 0; ms += LOOK_MS) {
            pause_ms(LOOK_MS);
        }
    }
    (void)nftw(server->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool guard(struct store_server *server)
{
    int ends[2];
    char byte;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    server->guardian = fork();
    if (server->guardian == 0) {
        (void)setsid(); /* an interrupt of the test is not for it */
        (void)close(ends[1]);
        while (read(ends[0], &byte, 1) > 0 || errno == EINTR) {
            errno = 0;
        }
        clean_up(server);
        _exit(0);
    }
    (void)close(ends[0]);
    server->guarded = ends[1];
    return server->guardian > 0;
}

pid_t store_server_fork(struct store_server *server)
{
    const pid_t pid = fork();

    if (pid == 0) {
        (void)close(server->guarded);
    }
    return pid;
}

/* --- Life ----------------------------------------------------------------------------------- */

/* User "locked" needs a password, all others may come in. */
static bool rights_write(const struct store_server *server)
{
    char path[80];

    (void)snprintf(path, sizeof path, "%s/data/pg_hba.conf", server->dir);
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return false;
    }
    const bool ok = fputs("local all locked scram-sha-256\nlocal all all trust\n", file) >= 0;
    return fclose(file) == 0 && ok;
}

static void log_show(const struct store_server *server)
{
    char path[80];
    char line[512];

    (void)snprintf(path, sizeof path, "%s/log", server->dir);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        (void)fputs(line, stderr);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

bool store_server_begin(struct store_server *server)
{
    static const char *const initdb[] = {"initdb", "-D", "data", "-U",        "postgres",    "-A",
                                         "trust",  "-E", "UTF8", "--no-sync", "--no-locale", NULL};
    char bin[200];

    *server = (struct store_server){.dir = "/tmp/hubbub-store-"
                                           "XX"
                                           "XX"
                                           "XX",
                                    .guarded = -1};
    if (!programs_find(bin)) {
        (void)fprintf(stderr, "this test needs PostgreSQL's server (ci/install-deps)\n");
        return false;
    }
    if (mkdtemp(server->dir) == NULL) {
        (void)fprintf(stderr, "cannot make a folder in /tmp: %s\n", strerror(errno));
        return false;
    }
    const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
    if (user != NULL && chown(server->dir, user->pw_uid, user->pw_gid) != 0) {
        (void)fprintf(stderr, "cannot give %s to postgres: %s\n", server->dir, strerror(errno));
        return false;
    }
    if (!guard(server) || !run(server, initdb, NULL) || !rights_write(server) ||
        !store_server_start(server)) {
        log_show(server);
        return false;
    }
    return true;
}

bool store_server_start(struct store_server *server)
{
    const char *const postgres[] = {"postgres",
                                    "-D",
                                    "data",
                                    "-k",
                                    server->dir,
                                    "-c",
                                    "listen_addresses=",
                                    "-c",
                                    "deadlock_timeout=100ms",
                                    "-c",
                                    "max_connections=20",
                                    "-c",
                                    "shared_buffers=16MB",
                                    NULL};
    const char *const ready[] = {"pg_isready", "-q", "-h", server->dir, NULL};

    server->pid = fork();
    if (server->pid == 0) {
        become(server, postgres, -1);
    }
    for (int ms = 0; server->pid > 0 && ms < START_MS_MAX; ms += LOOK_MS) {
        if (run(server, ready, NULL)) {
            return true;
        }
        if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
            server->pid = 0;
        }
        pause_ms(LOOK_MS);
    }
    log_show(server);
    return false;
}

void store_server_stop(struct store_server *server, int signal)
{
    if (server->pid > 0) {
        (void)kill(server->pid, signal);
        (void)waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
}

void store_server_end(struct store_server *server)
{
    store_server_stop(server, SIGQUIT);
    if (server->guarded >= 0) {
        (void)close(server->guarded);
        (void)waitpid(server->guardian, NULL, 0);
        server->guarded = -1;
    } else if (server->dir[0] != '\0') {
        (void)rmdir(server->dir); /* no guardian: it is empty yet */
    }
}

bool store_server_touch(const struct store_server *server, const char *name)
{
    char path[120];

    (void)snprintf(path, sizeof path, "%s/data/%s", server->dir, name);
    FILE *file = fopen(path, "we");
    return file != NULL && fchmod(fileno(file), 0666) == 0 && fclose(file) == 0;
}

bool store_server_sql(const struct store_server *server, const char *database, const char *sql,
                      struct buf *ret)
{
    const char *const psql[] = {"psql", "-XAtq",    "-v", "ON_ERROR_STOP=1", "-h", server->dir,
                                "-U",   "postgres", "-d", database,          "-c", sql,
                                NULL};

    buf_clear(ret);
    const bool ok = run(server, psql, ret);
    while (ret->len > 0 && ret->bytes[ret->len - 1] == '\n') {
        ret->bytes[--ret->len] = '\0';
    }
    return ok;
}

void store_server_uri(const struct store_server *server, const char *who, const char *database,
                      struct buf *ret)
{
    buf_clear(ret);
    buf_printf(ret, "postgresql://%s@/%s?host=%s", who, database, server->dir);
}

const char *store_server_new(struct store_server *server, enum store_kind kind, struct buf *ret)
{
    char sql[64];
    const unsigned number = ++server->databases_count;

    if (kind == STORE_SQLITE) {
        buf_clear(ret);
        buf_printf(ret, "%s/t%u.db", server->dir, number);
    } else {
        (void)snprintf(sql, sizeof sql, "CREATE DATABASE t%u", number);
        HB_ASSERT(store_server_sql(server, "postgres", sql, ret));
        (void)snprintf(sql, sizeof sql, "t%u", number);
        store_server_uri(server, "postgres", sql, ret);
    }
    return ret->bytes;
}
