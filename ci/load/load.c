/* The load of `ci/bench server`: many WebSocket clients in one process against one hubbubd.
 *
 *   load HOST PORT PID closed WINDOW SECONDS    WINDOW messages in flight in each room
 *   load HOST PORT PID open RATE SECONDS        RATE messages a second, evenly, whatever happens
 *   load HOST PORT PID idle CONNECTIONS         connections that do nothing
 *
 * 1,000 clients, 20 rooms of 50, contents of 200 bytes. Latency counts from the instant at which a
 * message was due, not from the one at which it was sent: a server that stalls its clients does not
 * look better for it. Prints one line of JSON. CPU is the server's own, by /proc/PID/stat.
 *
 * Long because it is one program for one job, with nothing in it that another would share. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOMS = 20, MEMBERS = 50, CLIENTS = ROOMS * MEMBERS, CONTENT_BYTES = 200 };
#define WARM_UP_US  2000000
#define DEADLINE_US 60000000 /* to set everything up */
#define LATENCIES   (1u << 22)
#define IN_BYTES    (1u << 18)

struct client {
    int fd;
    unsigned number;
    bool welcome;
    char *in;
    size_t in_len;
};

static struct sockaddr_in server;
static struct client *clients;
static unsigned clients_len;
static int epoll_fd;
static uint64_t deliveries, nacks, messages;
static uint32_t *latencies; /* of this interval, in microseconds */
static size_t latencies_len;
static bool measuring;
static unsigned turns[ROOMS];
static int in_flight[ROOMS];

static int64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(3);
}

/* --- Sockets -------------------------------------------------------------------------------- */

static int dial(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) != 0) {
        die("connect");
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t got = write(fd, bytes, len);
        if (got < 0 && errno == EAGAIN) {
            continue;
        }
        if (got <= 0) {
            die("write");
        }
        bytes += got;
        len -= (size_t)got;
    }
}

/* Until a blank line and what Content-Length says. */
static void read_answer(int fd, char *out, size_t cap)
{
    size_t len = 0;

    for (;;) {
        const ssize_t got = read(fd, out + len, cap - 1 - len);
        if (got <= 0) {
            die("read");
        }
        len += (size_t)got;
        out[len] = '\0';
        const char *body = strstr(out, "\r\n\r\n");
        const char *length = strstr(out, "Content-Length: ");
        if (body != NULL && (length == NULL || length > body ||
                             len >= (size_t)(body + 4 - out) + strtoul(length + 16, NULL, 10))) {
            return;
        }
    }
}

/* A masked text frame; the mask is zero, which is one. */
static void frame_send(int fd, const char *text, size_t len)
{
    char out[1200];
    size_t at = 0;

    if (len > 1100) {
        die("a frame too long");
    }
    out[at++] = (char)0x81;
    if (len < 126) {
        out[at++] = (char)(0x80 | len);
    } else {
        out[at++] = (char)(0x80 | 126);
        out[at++] = (char)(len >> 8);
        out[at++] = (char)len;
    }
    memset(out + at, 0, 4);
    memcpy(out + at + 4, text, len);
    write_all(fd, out, at + 4 + len);
}

static void token_get(int fd, const char *user, char *token, size_t cap)
{
    char text[2048];
    char body[64];
    const int body_len = snprintf(body, sizeof body, "{\"user\":\"%s\"}", user);
    const int len = snprintf(text, sizeof text,
                             "POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                             "application/json\r\nContent-Length: %d\r\n\r\n%s",
                             body_len, body);

    write_all(fd, text, (size_t)len);
    read_answer(fd, text, sizeof text);
    const char *from = strstr(text, "\"token\":\"");
    if (from == NULL) {
        die("sign in (is it allowed?)");
    }
    from += 9;
    (void)snprintf(token, cap, "%.*s", (int)strcspn(from, "\""), from);
}

static void client_open(struct client *client, unsigned number, int login)
{
    static const char handshake[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        "AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    char text[1024];
    char token[600];
    char user[32];

    (void)snprintf(user, sizeof user, "u%u", number);
    token_get(login, user, token, sizeof token);
    client->number = number;
    client->fd = dial();
    client->in = malloc(clients_len > CLIENTS ? 4096 : IN_BYTES);
    write_all(client->fd, handshake, sizeof handshake - 1);
    read_answer(client->fd, text, sizeof text);
    if (strncmp(text, "HTTP/1.1 101", 12) != 0) {
        die("handshake");
    }
    const int len = snprintf(
        text, sizeof text, "{\"type\":\"hello\",\"version\":1,\"device\":\"d%u\",\"token\":\"%s\"}",
        number, token);
    frame_send(client->fd, text, (size_t)len);
    (void)fcntl(client->fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event) != 0) {
        die("epoll_ctl");
    }
}

/* --- Messages ------------------------------------------------------------------------------- */

static void message_send(unsigned room, int64_t due_us)
{
    struct client *client = &clients[room * MEMBERS + turns[room]++ % MEMBERS];
    char content[CONTENT_BYTES + 1];
    char text[600];

    memset(content, 'x', CONTENT_BYTES);
    content[CONTENT_BYTES] = '\0';
    content[snprintf(content, sizeof content, "t=%" PRId64 " r=%u ", due_us, room)] = 'x';
    const int len = snprintf(text, sizeof text,
                             "{\"type\":\"send\",\"roomId\":\"room%u\",\"clientId\":\"m%" PRIu64
                             "-%d\",\"content\":\"%s\"}",
                             room, messages++, (int)getpid(), content);
    frame_send(client->fd, text, (size_t)len);
    in_flight[room]++;
}

static void on_frame(struct client *client, const char *bytes, size_t len)
{
    static const char message[] = "{\"type\":\"message\"";
    static const char welcome[] = "{\"type\":\"welcome\"";

    if (len > sizeof message && memcmp(bytes, message, sizeof message - 1) == 0) {
        const char *content = memmem(bytes, len, "\"content\":\"t=", 13);
        if (content == NULL) {
            return;
        }
        char *end = NULL;
        const int64_t due = strtoll(content + 13, &end, 10);
        deliveries++;
        if (measuring && latencies_len < LATENCIES) {
            const int64_t took = now_us() - due;
            latencies[latencies_len++] = took < 0 ? 0 : (uint32_t)took;
        }
        const unsigned room = (unsigned)strtoul(end + 3, NULL, 10);
        if (client->number == room * MEMBERS) { /* the first member stands for the room */
            in_flight[room]--;
        }
    } else if (len > sizeof welcome && memcmp(bytes, welcome, sizeof welcome - 1) == 0) {
        client->welcome = true;
    } else if (memmem(bytes, len, "\"nack\"", 6) != NULL) {
        nacks++;
    }
}

static void frames_take(struct client *client)
{
    size_t at = 0;

    for (;;) {
        const unsigned char *in = (const unsigned char *)client->in + at;
        const size_t left = client->in_len - at;
        size_t head = 2;
        uint64_t len;
        if (left < 2) {
            break;
        }
        len = in[1];
        if (len == 126) {
            head = 4;
            len = left < 4 ? 0 : (uint64_t)in[2] << 8 | in[3];
        } else if (len == 127) {
            die("a frame of 64 KiB and more");
        }
        if (left < head || left - head < len) {
            break;
        }
        if ((in[0] & 0xf) == 8) {
            const unsigned code = len >= 2 ? (unsigned)in[head] << 8 | in[head + 1] : 0;
            (void)fprintf(stderr, "load: closed with %u\n", code);
            exit(3);
        }
        on_frame(client, client->in + at + head, len);
        at += head + len;
    }
    client->in_len -= at;
    memmove(client->in, client->in + at, client->in_len);
}

static void poll_once(int timeout_ms)
{
    struct epoll_event events[256];
    const int count = epoll_wait(epoll_fd, events, 256, timeout_ms);

    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        const size_t cap = clients_len > CLIENTS ? 4096 : IN_BYTES;
        const ssize_t got = read(client->fd, client->in + client->in_len, cap - client->in_len);
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            die("a connection ended");
        }
        if (got > 0) {
            client->in_len += (size_t)got;
            frames_take(client);
        }
    }
}

/* --- Figures -------------------------------------------------------------------------------- */

static double cpu_seconds(const char *pid)
{
    char path[64];
    char text[1024];
    unsigned long user = 0;
    unsigned long system = 0;

    (void)snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        die("the server's /proc/PID/stat");
    }
    const size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    char *at = strrchr(text, ')'); /* the name before it may hold blanks */
    for (int field = 2; at != NULL && field < 14; field++) {
        at = strchr(at + 1, ' ');
    }
    user = at != NULL ? strtoul(at, &at, 10) : 0;
    system = at != NULL ? strtoul(at, &at, 10) : 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static long rss_kib(const char *pid)
{
    char path[64];
    char line[256];
    long kib = 0;

    (void)snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtol(line + 6, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kib;
}

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* --- Runs ----------------------------------------------------------------------------------- */

static void until_welcome(void)
{
    const int64_t deadline = now_us() + DEADLINE_US;

    for (unsigned i = 0; i < clients_len; i++) {
        while (!clients[i].welcome) {
            if (now_us() > deadline) {
                die("no welcome in time");
            }
            poll_once(10);
        }
    }
}

static void clients_open(unsigned count)
{
    const int login = dial();

    clients_len = count;
    clients = calloc(count, sizeof *clients);
    for (unsigned i = 0; i < count; i++) {
        client_open(&clients[i], i, login);
        if (i % 64 == 0) {
            poll_once(0);
        }
    }
    (void)close(login);
    until_welcome();
}

static void wait_us(int64_t us)
{
    const int64_t until = now_us() + us;

    while (now_us() < until) {
        poll_once(50);
    }
}

/* Rooms that are there already (a second run on the same data) are refused, and that is well: as are the
 * joins of who is in them. */
static void rooms_make(void)
{
    char text[200];

    for (unsigned i = 0; i < ROOMS * MEMBERS; i++) {
        if (i % MEMBERS == 0) {
            const int len =
                snprintf(text, sizeof text,
                         "{\"type\":\"room_create\",\"roomId\":\"room%u\",\"clientId\":\"c%u\","
                         "\"open\":true}",
                         i / MEMBERS, i / MEMBERS);
            frame_send(clients[i].fd, text, (size_t)len);
        }
    }
    wait_us(1000000);
    for (unsigned i = 0; i < ROOMS * MEMBERS; i++) {
        if (i % MEMBERS != 0) {
            const int len = snprintf(text, sizeof text,
                                     "{\"type\":\"room_join\",\"roomId\":\"room%u\",\"clientId\":"
                                     "\"j%u\"}",
                                     i / MEMBERS, i);
            frame_send(clients[i].fd, text, (size_t)len);
        }
        if (i % 64 == 0) {
            poll_once(0);
        }
    }
    wait_us(3000000);
}

static void run(const char *pid, bool open, int64_t amount, int64_t seconds)
{
    const int64_t start = now_us();
    const int64_t from = start + WARM_UP_US;
    const int64_t to = from + seconds * 1000000;
    uint64_t first_deliveries = 0;
    double first_cpu = 0;
    int64_t next = 0;

    while (now_us() < to) {
        if (!measuring && now_us() >= from) {
            measuring = true;
            first_deliveries = deliveries;
            first_cpu = cpu_seconds(pid);
        }
        if (open) {
            const int64_t step = 1000000 / amount;
            while (start + next * step <= now_us()) {
                message_send((unsigned)(next % ROOMS), start + next * step);
                next++;
            }
            const int64_t left = start + next * step - now_us();
            poll_once(left > 1000 ? (int)(left / 1000) : 0);
        } else {
            for (unsigned room = 0; room < ROOMS; room++) {
                while (in_flight[room] < amount) {
                    message_send(room, now_us());
                }
            }
            poll_once(1);
        }
    }
    const double cpu = cpu_seconds(pid) - first_cpu;
    const uint64_t count = deliveries - first_deliveries;
    qsort(latencies, latencies_len, sizeof *latencies, by_value);
    (void)printf("{\"mode\":\"%s\",\"amount\":%" PRId64 ",\"deliveries\":%" PRIu64
                 ",\"deliveries_per_second\":%" PRIu64 ",\"cpu_ms\":%.0f,"
                 "\"cpu_ms_per_million\":%.0f,\"p50_us\":%u,\"p99_us\":%u,\"rss_kib\":%ld,"
                 "\"nacks\":%" PRIu64 "}\n",
                 open ? "open" : "closed", amount, count, count / (uint64_t)seconds, cpu * 1000,
                 cpu * 1e9 / (double)count, latencies_len > 0 ? latencies[latencies_len / 2] : 0,
                 latencies_len > 0 ? latencies[latencies_len * 99 / 100] : 0, rss_kib(pid), nacks);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        (void)fprintf(stderr, "usage: load HOST PORT PID closed WINDOW SECONDS | open RATE SECONDS "
                              "| idle CONNECTIONS\n");
        return 2;
    }
    const char *pid = argv[3];
    const int64_t amount = strtoll(argv[5], NULL, 10);
    server = (struct sockaddr_in){.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10))};
    (void)inet_pton(AF_INET, argv[1], &server.sin_addr);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    latencies = malloc(LATENCIES * sizeof *latencies);
    if (strcmp(argv[4], "idle") == 0) {
        const long before = rss_kib(pid);
        clients_open((unsigned)amount);
        const long after = rss_kib(pid);
        (void)printf("{\"mode\":\"idle\",\"connections\":%" PRId64
                     ",\"rss_kib_before\":%ld,\"rss_kib\":%ld,\"bytes_per_connection\":%ld}\n",
                     amount, before, after, (after - before) * 1024 / (long)amount);
        return 0;
    }
    if (argc != 7 || amount <= 0) {
        return 2;
    }
    clients_open(CLIENTS);
    rooms_make();
    run(pid, strcmp(argv[4], "open") == 0, amount, strtoll(argv[6], NULL, 10));
    return 0;
}
