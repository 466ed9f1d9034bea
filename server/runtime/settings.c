/* See settings.h. */
#include "server/runtime/settings.h"

#include "server/protocol/id.h"

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
    "  --redis HOST:PORT    what several nodes tell each other goes over this Redis;\n"
    "                       without it this node is alone\n"
    "  --node NAME          this node's name, unlike any other's (from the host and the port)\n"
    "  --keys FILE          whose tokens are taken, and secrets, the same on every node; made when\n"
    "                       there is none (the SQLite file's name with .keys, or hubbub.keys);\n"
    "                       nobody but its owner may read it (chmod 600)\n"
    "  --public-url URL     where clients reach this node, e.g. https://n1.chat.example: told to\n"
    "                       clients that ask where they belong, and when another node drains\n"
    "  --origin ORIGIN      pages from there may connect too, e.g. https://chat.example;\n"
    "                       may be given again\n"
    "  --login, --no-login  let people in by a name alone; the default is only where nobody but\n"
    "                       this machine can connect\n"
    "  --drain TIME         on SIGTERM, at most this long to finish what is under way (10s)\n"
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

/* Takes the value of a flag; NULL: well taken; else what was expected. */
static const char *take(const char *flag, const char *value, struct settings *settings)
{
    if (strcmp(flag, "--listen") == 0) {
        return address_parse(value, settings->host, &settings->port)
                   ? NULL
                   : "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";
    }
    if (strcmp(flag, "--db") == 0) {
        settings->db = value;
        return value[0] != '\0' ? NULL : "a path or postgresql://…";
    }
    if (strcmp(flag, "--redis") == 0) {
        settings->redis = value;
        return address_parse(value, settings->redis_host, &settings->redis_port) &&
                       settings->redis_port != 0
                   ? NULL
                   : "HOST:PORT, such as 127.0.0.1:6379";
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
    static const char *const flags[] = {"--listen", "--db",     "--redis", "--node",
                                        "--keys",   "--origin", "--drain", "--public-url"};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i], flag) == 0) {
            return true;
        }
    }
    return false;
}

enum hb_err settings_parse(int argc, char **argv, struct settings *ret, struct buf *message)
{
    *ret =
        (struct settings){.host = "127.0.0.1", .port = 8080, .db = "hubbub.db", .drain_ms = 10000};
    buf_clear(message);
    for (int i = 1; i < argc; i++) {
        const char *flag = argv[i];
        if (take_switch(flag, ret)) {
            continue;
        }
        if (!known(flag)) {
            buf_printf(message, "unknown flag %s; see hubbubd --help", flag);
            return HB_EFIELD;
        }
        if (i + 1 == argc) {
            buf_printf(message, "%s: expected a value, got nothing; see hubbubd --help", flag);
            return HB_EFIELD;
        }
        const char *expected = take(flag, argv[++i], ret);
        if (expected != NULL) {
            buf_printf(message, "%s: expected %s, got \"%s\"", flag, expected, argv[i]);
            return HB_EFIELD;
        }
    }
    return HB_OK;
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

void settings_node_name(const char *host_name, uint16_t port, char ret[NODE_ID_BYTES_MAX + 1])
{
    const char *dot = strchr(host_name, '.');
    const size_t whole = dot != NULL ? (size_t)(dot - host_name) : strlen(host_name);
    const size_t len = whole < NODE_ID_BYTES_MAX - 6 ? whole : NODE_ID_BYTES_MAX - 6;

    for (size_t i = 0; i < len; i++) {
        ret[i] = host_name[i];
        if (!id_valid((struct text){&host_name[i], 1})) {
            ret[i] = '-';
        }
    }
    (void)snprintf(ret + len, (size_t)NODE_ID_BYTES_MAX + 1 - len, "%s%u", len > 0 ? "-" : "n",
                   (unsigned)port);
}
