/* Links: the Redis within the process and TCP, held to one script and, where there is one, to a real
 * redis-server. */
/* labels: runtime */
/* timeout: 60 */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "server/runtime/link.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS_MAX    10000
#define PORTS_MAX 5 /* another process may take a port between our look and the server's */
#define LINKS_MAX 8

struct rig {
    uv_loop_t loop;
    struct links *links;
    struct buf trace;         /* "opened 1", "lost 1" */
    struct buf in[LINKS_MAX]; /* bytes by link */
    uint64_t opened_count, lost_count;
    bool within; /* a links_ function runs: no event may come */
    void (*on_opened)(struct rig *rig, uint64_t link);
    void (*on_bytes)(struct rig *rig, uint64_t link);
};

static struct rig rig;

/* --- Events --------------------------------------------------------------------------------- */

static void on_opened(void *context, uint64_t link)
{
    struct rig *it = context;

    HB_ASSERT(!it->within);
    it->opened_count++;
    buf_printf(&it->trace, "opened %" PRIu64 "\n", link);
    if (it->on_opened != NULL) {
        it->on_opened(it, link);
    }
}

static void on_bytes(void *context, uint64_t link, const char *bytes, size_t bytes_len)
{
    struct rig *it = context;

    HB_ASSERT(!it->within);
    HB_ASSERT(bytes_len > 0);
    buf_add(&it->in[link], bytes, bytes_len);
    if (it->on_bytes != NULL) {
        it->on_bytes(it, link);
    }
}

static void on_lost(void *context, uint64_t link)
{
    struct rig *it = context;

    HB_ASSERT(!it->within);
    it->lost_count++;
    buf_printf(&it->trace, "lost %" PRIu64 "\n", link);
}

/* --- The loop ------------------------------------------------------------------------------- */

static const struct link_events events = {&rig, on_opened, on_bytes, on_lost};

static void turn(void)
{
    struct pollfd waited = {.fd = uv_backend_fd(&rig.loop), .events = POLLIN};

    if (uv_run(&rig.loop, UV_RUN_NOWAIT) != 0 && uv_backend_timeout(&rig.loop) != 0) {
        (void)poll(&waited, 1, 2);
    }
}

static void turns(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        turn();
    }
}

static void wait_for(const uint64_t *count, uint64_t wanted)
{
    const uint64_t until = uv_hrtime() / 1000000 + MS_MAX;

    while (*count < wanted) {
        assert_true(uv_hrtime() / 1000000 < until);
        turn();
    }
}

static void open_link(uint64_t link)
{
    rig.within = true;
    links_open(rig.links, link);
    rig.within = false;
}

static void write_link(uint64_t link, const char *bytes, size_t bytes_len)
{
    rig.within = true;
    links_write(rig.links, link, bytes, bytes_len);
    rig.within = false;
}

static void shut_link(uint64_t link)
{
    rig.within = true;
    links_shut(rig.links, link);
    rig.within = false;
}

static void close_all(void)
{
    const uint64_t until = uv_hrtime() / 1000000 + MS_MAX;

    rig.within = true; /* for good: no event comes any more */
    links_close(&rig.links);
    assert_null(rig.links);
    while (uv_run(&rig.loop, UV_RUN_NOWAIT) != 0) {
        assert_true(uv_hrtime() / 1000000 < until);
    }
    assert_int_equal(uv_loop_close(&rig.loop), 0);
    buf_deinit(&rig.trace);
    for (size_t i = 0; i < LINKS_MAX; i++) {
        buf_deinit(&rig.in[i]);
    }
    rig = (struct rig){0};
}

/* --- A real Redis --------------------------------------------------------------------------- */

struct server {
    pid_t pid; /* 0: none */
    uint16_t port;
};

static struct server server;

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &address_len), 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static bool server_try(void)
{
    char port[8], said[4096];
    size_t said_len = 0;
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    server.port = free_port();
    (void)snprintf(port, sizeof port, "%u", server.port);
    server.pid = fork();
    if (server.pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1",
                     "--save", "", "--appendonly", "no", (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    said[0] = '\0';
    while (strstr(said, "Ready to accept connections") == NULL && said_len + 1 < sizeof said) {
        const ssize_t n = read(ends[0], said + said_len, sizeof said - 1 - said_len);
        if (n <= 0) {
            break;
        }
        said_len += (size_t)n;
        said[said_len] = '\0';
    }
    (void)close(ends[0]);
    return strstr(said, "Ready to accept connections") != NULL;
}

static void server_end(void)
{
    if (server.pid > 0) {
        (void)kill(server.pid, SIGKILL);
        (void)waitpid(server.pid, NULL, 0);
        server.pid = 0;
    }
}

static int group_setup(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN); /* as link.h wants it */
    for (unsigned i = 0; i < PORTS_MAX; i++) {
        if (server_try()) {
            return 0;
        }
        server_end();
    }
    print_error("no redis-server could be started; ci/install-deps installs it\n");
    return -1;
}

static int group_teardown(void **state)
{
    (void)state;
    server_end();
    return 0;
}

static int setup_local(void **state)
{
    (void)state;
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    rig.links = links_local(&rig.loop, &events);
    return 0;
}

static int setup_tcp(void **state)
{
    (void)state;
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    rig.links = links_tcp(&rig.loop, "127.0.0.1", server.port, NULL, &events);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close_all();
    return 0;
}

/* --- What both do --------------------------------------------------------------------------- */

/* "SUBSCRIBE a b": as an array of bulk strings. */
static void command(uint64_t link, const char *words)
{
    struct buf out = {0};
    size_t count = 1;

    for (const char *at = words; *at != '\0'; at++) {
        count += *at == ' ';
    }
    buf_printf(&out, "*%zu\r\n", count);
    for (const char *at = words;; at++) {
        const size_t len = strcspn(at, " ");
        buf_printf(&out, "$%zu\r\n%.*s\r\n", len, (int)len, at);
        at += len;
        if (*at == '\0') {
            break;
        }
    }
    write_link(link, out.bytes, out.len);
    buf_deinit(&out);
}

/* Waits for exactly these bytes, and takes them. */
static void expect(uint64_t link, const char *text)
{
    const uint64_t until = uv_hrtime() / 1000000 + MS_MAX;
    const size_t len = strlen(text);

    while (rig.in[link].len < len && uv_hrtime() / 1000000 < until) {
        turn();
    }
    if (rig.in[link].len < len || memcmp(rig.in[link].bytes, text, len) != 0) {
        fail_msg("\"%s\" did not come, but \"%s\"", text,
                 rig.in[link].len > 0 ? rig.in[link].bytes : "");
    }
    buf_drop_front(&rig.in[link], len);
}

static void open_and_wait(uint64_t links_count)
{
    for (uint64_t link = 1; link <= links_count; link++) {
        open_link(link);
    }
    assert_int_equal(rig.opened_count, 0); /* I2 */
    wait_for(&rig.opened_count, links_count);
}

static void subscribers_get_what_is_published(void **state)
{
    (void)state;
    open_and_wait(3);
    command(1, "SUBSCRIBE a b");
    expect(1,
           "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n");
    command(2, "subscribe a");
    expect(2, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    command(3, "PUBLISH a one");
    expect(3, ":2\r\n");
    expect(1, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$3\r\none\r\n");
    expect(2, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$3\r\none\r\n");
    command(3, "PUBLISH b two");
    expect(3, ":1\r\n");
    expect(1, "*3\r\n$7\r\nmessage\r\n$1\r\nb\r\n$3\r\ntwo\r\n");
    command(3, "PUBLISH c three");
    expect(3, ":0\r\n");
    command(1, "SUBSCRIBE a"); /* again: confirmed again, and counted once */
    expect(1, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:2\r\n");
    command(1, "UNSUBSCRIBE a x");
    expect(1, "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n"
              "*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:1\r\n");
    command(3, "PUBLISH a four");
    expect(3, ":1\r\n");
    expect(2, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\nfour\r\n");
    command(1, "UNSUBSCRIBE");
    expect(1, "*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:0\r\n");
    command(1, "UNSUBSCRIBE");
    expect(1, "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n");
    command(1, "PUBLISH a five"); /* a command link again */
    expect(1, ":1\r\n");
    shut_link(2);
    turns(20);
    command(3, "PUBLISH a six");
    expect(3, ":0\r\n");
    assert_int_equal(rig.lost_count, 0);
}

static void a_ping_is_answered_in_both_modes(void **state)
{
    (void)state;
    open_and_wait(1);
    command(1, "PING");
    command(1, "PING hi");
    expect(1, "+PONG\r\n$2\r\nhi\r\n");
    command(1, "SUBSCRIBE a");
    command(1, "ping");
    command(1, "PING hi");
    expect(1, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
              "*2\r\n$4\r\npong\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$2\r\nhi\r\n");
}

static void what_is_not_known_is_an_error_and_the_link_stays(void **state)
{
    static const char *const words[] = {"GETT x", "PUBLISH a", "SUBSCRIBE", "PING a b"};

    (void)state;
    open_and_wait(1);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        command(1, words[i]);
        expect(1, "-ERR ");
        while (strstr(rig.in[1].bytes, "\r\n") == NULL) {
            turn();
        }
        buf_clear(&rig.in[1]);
    }
    command(1, "SUBSCRIBE a");
    expect(1, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    command(1, "PUBLISH a x");
    expect(1, "-ERR ");
    assert_int_equal(rig.lost_count, 0);
}

static void bytes_are_a_stream(void **state)
{
    static const char bytes[] = "*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$5\r\n\0\r\n\xff!\r\n"
                                "*1\r\n$4\r\nPING\r\n";
    static const char message[] = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\n\0\r\n\xff!\r\n";

    (void)state;
    open_and_wait(2);
    command(2, "SUBSCRIBE a");
    expect(2, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        write_link(1, bytes + i, 1);
        turn();
    }
    expect(1, ":1\r\n+PONG\r\n");
    while (rig.in[2].len < sizeof message - 1) {
        turn();
    }
    assert_int_equal(rig.in[2].len, sizeof message - 1);
    assert_memory_equal(rig.in[2].bytes, message, sizeof message - 1);
    assert_memory_equal(rig.in[2].bytes, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\n\0\r\n\xff!\r\n",
                        34);
}

static void bytes_that_are_no_commands_end_the_link(void **state)
{
    (void)state;
    open_and_wait(1);
    write_link(1, "*1\r\n+PING\r\n", 11);
    expect(1, "-ERR Protocol error");
    wait_for(&rig.lost_count, 1);
    write_link(1, "*1\r\n$4\r\nPING\r\n", 14); /* nobody */
    shut_link(1);
    turns(5);
    assert_string_equal(rig.trace.bytes, "opened 1\nlost 1\n");
}

static void no_event_comes_after_a_shut(void **state)
{
    (void)state;
    open_link(1);
    shut_link(1); /* before it is open */
    open_link(2);
    wait_for(&rig.opened_count, 1);
    command(2, "PING");
    shut_link(2);
    turns(20);
    assert_string_equal(rig.trace.bytes, "opened 2\n");
    assert_int_equal(rig.in[2].len, 0);
}

static void on_opened_subscribe(struct rig *it, uint64_t link)
{
    static const char bytes[] = "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n";
    links_write(it->links, link, bytes, sizeof bytes - 1);
}

static void on_bytes_shut(struct rig *it, uint64_t link)
{
    links_shut(it->links, link);
    links_open(it->links, link + 3);
}

static void an_event_may_write_shut_and_open(void **state)
{
    (void)state;
    rig.on_opened = on_opened_subscribe;
    for (uint64_t link = 1; link <= 2; link++) {
        open_link(link);
        wait_for(&rig.opened_count, link);
    }
    expect(1, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    expect(2, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    rig.on_opened = NULL;
    rig.on_bytes = on_bytes_shut;
    command(1, "PING");
    wait_for(&rig.opened_count, 3);
    assert_string_equal(rig.trace.bytes, "opened 1\nopened 2\nopened 4\n");
}

static void on_opened_close(struct rig *it, uint64_t link)
{
    (void)link;
    it->opened_count = 100;
    links_close(&it->links);
}

static void all_may_be_closed_from_an_event(void **state)
{
    (void)state;
    rig.on_opened = on_opened_close;
    open_link(1);
    open_link(2);
    wait_for(&rig.opened_count, 100);
    turns(5);
    assert_int_equal(rig.trace.len, strlen("opened 1\n")); /* one of the two */
}

static void all_may_be_closed_at_once(void **state)
{
    (void)state;
    open_link(1); /* still looked up */
    close_all();
    assert_int_equal(setup_local(state), 0);
}

static void much_goes_through(void **state)
{
    struct buf large = {0};

    (void)state;
    open_and_wait(2);
    command(2, "SUBSCRIBE a");
    expect(2, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
    buf_add_text(&large, "*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$60000\r\n");
    for (unsigned i = 0; i < 60000; i++) {
        buf_add_char(&large, (char)('a' + i % 26));
    }
    buf_add_text(&large, "\r\n");
    for (unsigned i = 0; i < 100; i++) {
        write_link(1, large.bytes, large.len);
        turn();
    }
    const size_t each = strlen("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$60000\r\n") + 60002;
    while (rig.in[2].len < 100 * each) {
        turn();
    }
    assert_int_equal(rig.in[2].len, 100 * each);
    assert_memory_equal(rig.in[2].bytes + 99 * each + each - 60002, large.bytes + large.len - 60002,
                        60002);
    buf_deinit(&large);
}

/* --- Local ---------------------------------------------------------------------------------- */

/* A message of 1 MiB, of which a little less than 64 fit; none is taken before the loop turns. */
static void publish_unheard(unsigned count)
{
    struct buf large = {0};

    buf_add_text(&large, "*3\r\n$7\r\nPUBLISH\r\n$1\r\na\r\n$1048576\r\n");
    buf_reserve(&large, 1048576);
    memset(large.bytes + large.len, 'x', 1048576);
    large.len += 1048576;
    buf_add_text(&large, "\r\n");
    for (unsigned i = 0; i < count; i++) {
        write_link(1, large.bytes, large.len);
    }
    buf_deinit(&large);
}

static void a_link_for_which_too_much_waits_is_lost(void **state)
{
    (void)state;
    open_and_wait(3);
    command(2, "SUBSCRIBE a");
    command(3, "SUBSCRIBE b");
    turns(5);
    buf_clear(&rig.in[2]);
    publish_unheard(63);
    turns(5);
    assert_int_equal(rig.lost_count, 0);
    assert_true(rig.in[2].len > 63U * 1048576);
    publish_unheard(64);
    wait_for(&rig.lost_count, 1);
    assert_string_equal(rig.trace.bytes, "opened 1\nopened 2\nopened 3\nlost 2\n");
    buf_clear(&rig.in[1]);
    command(1, "PUBSUB NUMSUB a b");
    expect(1, "*4\r\n$1\r\na\r\n:0\r\n$1\r\nb\r\n:1\r\n");
}

/* --- TCP ------------------------------------------------------------------------------------ */

static void a_refused_connection_is_lost(void **state)
{
    (void)state;
    close_all();
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    rig.links = links_tcp(&rig.loop, "127.0.0.1", free_port(), NULL, &events);
    open_link(1);
    wait_for(&rig.lost_count, 1);
    assert_string_equal(rig.trace.bytes, "lost 1\n");
}

static void a_name_that_is_none_is_lost(void **state)
{
    (void)state;
    close_all();
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    rig.links = links_tcp(&rig.loop, "no such name", server.port, NULL, &events);
    open_link(1);
    wait_for(&rig.lost_count, 1);
    assert_string_equal(rig.trace.bytes, "lost 1\n");
}

/* "localhost" may be ::1 first, where nobody listens. */
static void each_address_of_a_name_is_tried(void **state)
{
    (void)state;
    close_all();
    assert_int_equal(uv_loop_init(&rig.loop), 0);
    rig.links = links_tcp(&rig.loop, "localhost", server.port, NULL, &events);
    open_link(1);
    wait_for(&rig.opened_count, 1);
    command(1, "PING");
    expect(1, "+PONG\r\n");
}

static void a_server_that_dies_is_lost_once_and_found_again(void **state)
{
    (void)state;
    open_and_wait(2);
    command(1, "PING");
    expect(1, "+PONG\r\n");
    server_end();
    wait_for(&rig.lost_count, 2);
    command(1, "PING"); /* nobody */
    turns(5);
    assert_int_equal(rig.lost_count, 2);
    close_all();
    assert_int_equal(group_setup(state), 0);
    assert_int_equal(setup_tcp(state), 0);
    open_and_wait(1);
}

#define BOTH(test)                                                                                 \
    {#test "_local", test, setup_local, teardown, NULL},                                           \
    {                                                                                              \
#test "_tcp", test, setup_tcp, teardown, NULL                                              \
    }

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH(subscribers_get_what_is_published),
        BOTH(a_ping_is_answered_in_both_modes),
        BOTH(what_is_not_known_is_an_error_and_the_link_stays),
        BOTH(bytes_are_a_stream),
        BOTH(bytes_that_are_no_commands_end_the_link),
        BOTH(no_event_comes_after_a_shut),
        BOTH(an_event_may_write_shut_and_open),
        BOTH(all_may_be_closed_from_an_event),
        BOTH(all_may_be_closed_at_once),
        BOTH(much_goes_through),
        cmocka_unit_test_setup_teardown(a_link_for_which_too_much_waits_is_lost, setup_local,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_refused_connection_is_lost, setup_tcp, teardown),
        cmocka_unit_test_setup_teardown(a_name_that_is_none_is_lost, setup_tcp, teardown),
        cmocka_unit_test_setup_teardown(each_address_of_a_name_is_tried, setup_tcp, teardown),
        cmocka_unit_test_setup_teardown(a_server_that_dies_is_lost_once_and_found_again, setup_tcp,
                                        teardown),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
