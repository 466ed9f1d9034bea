/* See settings.h. */
#include "server/runtime/settings.h"

#include "server/protocol/id.h"
#include "server/runtime/secret.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "hubbubd: a chat server: rooms, history, live delivery; WebSocket and HTTP on one port\n"
    "\n"
    "usage: hubbubd [flags]          with none: a server for this machine, data in hubbub.db\n"
    "\n"
    "  --listen IP:PORT     where clients connect (127.0.0.1:8080); port 0 takes a free one\n"
    "  --db PATH            keep everything in one SQLite file (hubbub.db)\n"
    "  --db postgresql://…  or in a PostgreSQL database, which several nodes may share\n"
    "  --durability disk    what is acked outlives a power cut (the default, for SQLite: one\n"
    "                       sync a group of messages; PostgreSQL has synchronous_commit)\n"
    "  --durability process outlives a crash of hubbubd alone, and costs no sync\n"
    "  --redis HOST:PORT    what several nodes tell each other goes over this Redis;\n"
    "                       without it this node is alone\n"
    "  --redis redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]\n"
    "  --redis rediss://…   the same by TLS; ?cacert=FILE trusts these certificates alone,\n"
    "                       &cert=FILE&key=FILE shows one of our own, ?insecure=yes trusts any\n"
    "  --db-password-file FILE, --redis-password-file FILE\n"
    "                       passwords that stand in no address: the first line of a file that\n"
    "                       nobody else may read; or HUBBUB_DB_PASSWORD, HUBBUB_REDIS_PASSWORD\n"
    "                       in the environment; PGPASSWORD and PGPASSFILE do as ever\n"
    "  --node NAME          this node's name, unlike any other's; drawn once when there is\n"
    "                       none, and kept beside the SQLite file, or the keys (hubbub.node)\n"
    "  --keys FILE          whose tokens are taken, and secrets, the same on every node; made "
    "when\n"
    "                       there is none (the SQLite file's name with .keys, or hubbub.keys);\n"
    "                       nobody but its owner may read it (chmod 600)\n"
    "  --public-url URL     where clients reach this node, e.g. https://n1.chat.example: told to\n"
    "                       clients that ask where they belong, and when another node drains\n"
    "  --origin ORIGIN      pages from there may connect too, e.g. https://chat.example;\n"
    "                       may be given again\n"
    "  --login, --no-login  let people in by a name alone; the default is only where nobody but\n"
    "                       this machine can connect\n"
    "  --drain TIME         on SIGTERM, at most this long to finish what is under way (10s)\n"
    "  --adopt              make a copy of a database an installation of its own (with --db and\n"
    "                       --keys), and end: its original and it may share a Redis then\n"
    "  --verbose            log everything; with --version, the node library's hash too\n"
    "  --version, --help\n"
    "\n"
    "A first SIGTERM or SIGINT sends clients away and finishes; a second one stops at once.\n"
    "Exit codes: 0 ended as asked, 2 bad usage, 3 could not start, 4 stopped before it had\n"
    "finished, 5 another process has taken this node's name\n";

const char *settings_help(void)
{
    return help;
}

static bool port_parse(const char *text, uint16_t *ret)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    const unsigned long value = strtoul(text, &end, 10);
    *ret = (uint16_t)value;
    return *end == '\0' && value <= UINT16_MAX;
}

/* "host:port" or "[::1]:port". */
static bool address_parse(const char *text, char host[256], uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');

    if (colon == NULL || colon == text || !port_parse(colon + 1, ret_port)) {
        return false;
    }
    const char *from = text;
    size_t len = (size_t)(colon - text);
    if (text[0] == '[' && colon[-1] == ']') {
        from++;
        len -= 2;
    } else if (memchr(text, ':', len) != NULL) {
        return false; /* an IPv6 address needs its brackets */
    }
    if (len == 0 || len > 255) {
        return false;
    }
    memcpy(host, from, len);
    host[len] = '\0';
    return true;
}

static bool time_parse(const char *text, int64_t *ret_ms)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    const unsigned long value = strtoul(text, &end, 10);
    const bool ms = strcmp(end, "ms") == 0;
    *ret_ms = (int64_t)value * (ms ? 1 : 1000);
    return (ms || strcmp(end, "s") == 0) && value <= 3600000 && *ret_ms <= 3600000;
}

static void db_take(struct settings *settings, const char *value)
{
    if (settings->db != NULL) {
        explicit_bzero(settings->db, strlen(settings->db));
        free(settings->db);
    }
    settings->db = hb_strndup(value, strlen(value));
}

/* Takes the value of a flag; NULL: well taken; else what was expected. */
static const char *take(const char *flag, const char *value, struct settings *settings)
{
    if (strcmp(flag, "--listen") == 0) {
        return address_parse(value, settings->host, &settings->port)
                   ? NULL
                   : "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";
    }
    if (strcmp(flag, "--db") == 0) {
        db_take(settings, value);
        return value[0] != '\0' ? NULL : "a path or postgresql://…";
    }
    if (strcmp(flag, "--durability") == 0) {
        settings->durability = strcmp(value, "process") == 0 ? STORE_PROCESS : STORE_DISK;
        return settings->durability == STORE_PROCESS || strcmp(value, "disk") == 0
                   ? NULL
                   : "disk or process";
    }
    if (strcmp(flag, "--db-password-file") == 0) {
        settings->db_password_file = value;
        return value[0] != '\0' ? NULL : "a file";
    }
    if (strcmp(flag, "--redis-password-file") == 0) {
        settings->redis_password_file = value;
        return value[0] != '\0' ? NULL : "a file";
    }
    if (strcmp(flag, "--node") == 0) {
        if (!id_valid_node(text_of(value))) {
            return "a name of 1 to 32 of A-Z a-z 0-9 _ -";
        }
        (void)snprintf(settings->node, sizeof settings->node, "%s", value);
        return NULL;
    }
    if (strcmp(flag, "--keys") == 0) {
        settings->keys = value;
        return value[0] != '\0' ? NULL : "a file";
    }
    if (strcmp(flag, "--public-url") == 0) {
        settings->public_url = value;
        return id_valid_url(text_of(value))
                   ? NULL
                   : "http:// or https:// and a host, without a path, at most 128 bytes, such as "
                     "https://n1.chat.example";
    }
    if (strcmp(flag, "--origin") == 0) {
        const char *host = strstr(value, "://");
        if (settings->origins_len == SETTINGS_ORIGINS_MAX) {
            return "at most 16 of them";
        }
        settings->origins[settings->origins_len++] = value;
        return host != NULL && host != value && host[3] != '\0' && strchr(host + 3, '/') == NULL
                   ? NULL
                   : "a scheme and a host without a path, such as https://chat.example";
    }
    HB_ASSERT(strcmp(flag, "--drain") == 0);
    return time_parse(value, &settings->drain_ms) ? NULL : "a time such as 10s or 500ms, up to 1h";
}

static bool take_switch(const char *flag, struct settings *settings)
{
    if (strcmp(flag, "--login") == 0) {
        settings->login = LOGIN_ON;
    } else if (strcmp(flag, "--no-login") == 0) {
        settings->login = LOGIN_OFF;
    } else if (strcmp(flag, "--plain-writes") == 0) {
        settings->plain_writes = true; /* for comparisons: not in the help */
    } else if (strcmp(flag, "--adopt") == 0) {
        settings->adopt = true;
    } else if (strcmp(flag, "--verbose") == 0) {
        settings->verbose = true;
    } else if (strcmp(flag, "--version") == 0) {
        settings->version = true;
    } else if (strcmp(flag, "--help") == 0 || strcmp(flag, "-h") == 0) {
        settings->help = true;
    } else {
        return false;
    }
    return true;
}

static bool known(const char *flag)
{
    static const char *const flags[] = {"--listen",
                                        "--db",
                                        "--durability",
                                        "--redis",
                                        "--node",
                                        "--keys",
                                        "--origin",
                                        "--drain",
                                        "--public-url",
                                        "--db-password-file",
                                        "--redis-password-file"};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i], flag) == 0) {
            return true;
        }
    }
    return false;
}

/* An address may hold a password, in a place where nobody looks for one. */
static bool may_be_secret(const char *value)
{
    return strchr(value, '@') != NULL || strstr(value, "password=") != NULL;
}

static enum hb_err take_value(const char *flag, const char *value, struct settings *settings,
                              struct buf *message)
{
    if (strcmp(flag, "--redis") == 0) {
        buf_add_text(message, "--redis: ");
        settings->redis = true;
        const enum hb_err err = redis_url_parse(value, &settings->redis_place, message);
        if (err == HB_OK) {
            buf_clear(message);
        } else {
            buf_add_text(message, "; such as 127.0.0.1:6379 or rediss://ada:secret@redis:6379/0");
        }
        return err;
    }
    const char *expected = take(flag, value, settings);
    if (expected != NULL) {
        buf_printf(message, "%s: expected %s, got \"%s\"", flag, expected,
                   may_be_secret(value) ? "***" : value);
        return HB_EFIELD;
    }
    return HB_OK;
}

enum hb_err settings_parse(int argc, char **argv, struct settings *ret, struct buf *message)
{
    enum hb_err err = HB_OK;

    *ret = (struct settings){.host = "127.0.0.1", .port = 8080, .drain_ms = 10000};
    db_take(ret, "hubbub.db");
    buf_clear(message);
    for (int i = 1; i < argc && err == HB_OK; i++) {
        const char *flag = argv[i];
        if (take_switch(flag, ret)) {
            continue;
        }
        if (!known(flag)) {
            buf_printf(message, "unknown flag %s; see hubbubd --help",
                       may_be_secret(flag) ? "***" : flag);
            err = HB_EFIELD;
        } else if (i + 1 == argc) {
            buf_printf(message, "%s: expected a value, got nothing; see hubbubd --help", flag);
            err = HB_EFIELD;
        } else {
            err = take_value(flag, argv[++i], ret, message);
        }
    }
    if (err == HB_OK && ret->durability == STORE_PROCESS && strstr(ret->db, "://") != NULL) {
        buf_add_text(message, "--durability: only a SQLite file has it; PostgreSQL's "
                              "synchronous_commit says what an ack outlives there");
        err = HB_EFIELD;
    }
    for (int i = 1; i < argc; i++) {
        secret_blank(argv[i]);
    }
    if (err != HB_OK) {
        settings_deinit(ret);
    }
    return err;
}

void settings_deinit(struct settings *settings)
{
    if (settings->db != NULL) {
        explicit_bzero(settings->db, strlen(settings->db));
        free(settings->db);
    }
    explicit_bzero(settings, sizeof *settings);
}

/* --- Passwords ------------------------------------------------------------------------------ */

/* Of a file, or else of the environment; absent: NULL bytes. */
static enum hb_err password_find(const char *flag, const char *file, const char *environment,
                                 bool given, struct buf *ret, struct buf *message)
{
    if (file != NULL && given) {
        buf_printf(message, "%s: the address has a password already; give it once", flag);
        return HB_EFIELD;
    }
    if (file != NULL) {
        buf_printf(message, "%s: ", flag);
        return secret_file(file, ret, message);
    }
    if (environment != NULL && environment[0] != '\0' && !given) {
        buf_add_text(ret, environment);
        buf_add_char(ret, '\0');
        ret->len--;
    }
    return HB_OK;
}

static enum hb_err db_password(struct settings *settings, const char *environment,
                               struct buf *message)
{
    static const char flag[] = "--db-password-file";
    const bool uri = strstr(settings->db, "://") != NULL;
    struct buf found = {0};
    struct buf whole = {0};

    if (!uri && settings->db_password_file != NULL) {
        buf_printf(message, "%s: only a database of PostgreSQL has a password", flag);
        return HB_EFIELD;
    }
    const enum hb_err err =
        password_find(flag, settings->db_password_file, uri ? environment : NULL,
                      secret_in(settings->db), &found, message);
    if (err == HB_OK && found.len > 0) {
        secret_into(settings->db, found.bytes, &whole);
        db_take(settings, whole.bytes);
        explicit_bzero(whole.bytes, whole.len);
        explicit_bzero(found.bytes, found.len);
    }
    buf_deinit(&found);
    buf_deinit(&whole);
    return err;
}

static enum hb_err redis_password(struct settings *settings, const char *environment,
                                  struct buf *message)
{
    static const char flag[] = "--redis-password-file";
    struct redis_place *place = &settings->redis_place;
    struct buf found = {0};

    if (!settings->redis && settings->redis_password_file != NULL) {
        buf_printf(message, "%s: there is no --redis that could have a password", flag);
        return HB_EFIELD;
    }
    enum hb_err err =
        password_find(flag, settings->redis_password_file, settings->redis ? environment : NULL,
                      place->password[0] != '\0', &found, message);
    if (err == HB_OK && found.len >= sizeof place->password) {
        buf_add_text(message, "HUBBUB_REDIS_PASSWORD: longer than 512 bytes");
        err = HB_EFIELD;
    }
    if (err == HB_OK && found.len > 0) {
        memcpy(place->password, found.bytes, found.len + 1);
    }
    if (found.bytes != NULL) {
        explicit_bzero(found.bytes, found.len);
    }
    buf_deinit(&found);
    return err;
}

enum hb_err settings_passwords(struct settings *settings, const char *db, const char *redis,
                               struct buf *message)
{
    buf_clear(message);
    enum hb_err err = db_password(settings, db, message);
    err = err == HB_OK ? redis_password(settings, redis, message) : err;
    if (err == HB_OK) {
        buf_clear(message);
    }
    return err;
}

bool settings_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, host, &four) == 1) {
        return ntohl(four.s_addr) >> 24 == 127;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&six);
    }
    return false; /* no address: the port will say so */
}
