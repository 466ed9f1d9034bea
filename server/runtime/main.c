/* hubbubd: the chat server. */
#include "server/runtime/driver.h"
#include "server/runtime/installation.h"
#include "server/runtime/keys.h"
#include "server/runtime/log.h"
#include "server/runtime/node_name.h"
#include "server/runtime/page.h"
#include "server/runtime/private.h"
#include "server/runtime/probe.h"
#include "server/runtime/settings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char node_library_hash[]; /* made by the build: of the very library linked here */

enum { EXIT_ENDED = 0, EXIT_USAGE = 2, EXIT_START = 3, EXIT_CUT = 4, EXIT_FENCED = 5 };

struct app {
    struct settings settings;
    struct driver *driver;
    uv_signal_t term, interrupt;
    int exit_code;
};

static void end(struct app *app)
{
    driver_close(&app->driver);
    uv_close((uv_handle_t *)&app->term, NULL);
    uv_close((uv_handle_t *)&app->interrupt, NULL);
}

static void on_drained(void *context, bool finished)
{
    struct app *app = context;

    if (!finished) {
        log_line("warn", "the time to drain is over; what became of some messages is not told");
        app->exit_code = EXIT_CUT;
    }
    end(app);
}

/* Only the newer process may go on: of two that write under one name each would take the other's
 * stamps for its own. */
static void on_fenced(void *context, const char *sentence)
{
    struct app *app = context;

    if (driver_adopted(app->driver)) {
        log_line(
            "error",
            "the database of node %s has become another installation's (it was adopted, or another "
            "one is in its place), so this process ends; start it again",
            driver_name(app->driver));
    } else {
        log_line("error", "%s", sentence);
    }
    app->exit_code = EXIT_FENCED;
    driver_drain(app->driver, app->settings.drain_ms, on_drained, app);
}

static void on_second_signal(int number)
{
    static const char text[] = "hubbubd: stopped at once\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_CUT);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct app *app = handle->data;

    (void)number;
    /* Not by the loop: it may stand still, as when a database that hangs is waited for. */
    (void)uv_signal_stop(&app->term);
    (void)uv_signal_stop(&app->interrupt);
    (void)signal(SIGTERM, on_second_signal);
    (void)signal(SIGINT, on_second_signal);
    log_line("info", "ending; once more stops at once");
    driver_drain(app->driver, app->settings.drain_ms, on_drained, app);
}

static bool on_file(const struct settings *settings)
{
    return strstr(settings->db, "://") == NULL;
}

/* Where secrets are when nobody said so. */
static void keys_path(const struct settings *settings, struct buf *out)
{
    if (settings->keys != NULL) {
        buf_add_text(out, settings->keys);
        return;
    }
    const size_t len = strlen(settings->db);
    if (!on_file(settings)) {
        buf_add_text(out, "hubbub.keys");
        return;
    }
    const bool suffix = len > 3 && strcmp(settings->db + len - 3, ".db") == 0;
    buf_add(out, settings->db, suffix ? len - 3 : len);
    buf_add_text(out, ".keys");
}

static void keys_use(const struct keys *keys, struct node_config *node)
{
    node->trust = keys->tokens.trust;
    if (keys->tokens.leeway_s >= 0) {
        node->params.token_leeway_s = keys->tokens.leeway_s;
    }
    if (keys->tokens.lifetime_s >= 0) {
        node->params.token_lifetime_s = keys->tokens.lifetime_s;
    }
}

static void keys_made_tell(const char *path)
{
    struct buf top = {0};

    log_line("info", "made fresh keys in %s; other nodes need the same file", path);
    if (keys_in_checkout(path, &top)) {
        log_line(
            "warn",
            "%s lies in the git checkout %s: whoever has it can be anybody, so let no commit have "
            "it (.gitignore), or give --keys FILE outside",
            path, top.bytes);
    }
    buf_deinit(&top);
}

/* `made`: gets the path, if there were none. */
static enum hb_err keys_take(const struct settings *settings, struct node_config *node,
                             struct buf *made, struct buf *message)
{
    struct buf path = {0};
    struct keys keys;
    bool fresh = false;

    keys_path(settings, &path);
    const enum hb_err err = keys_load(path.bytes, &keys, &fresh, message);
    if (err == HB_OK) {
        keys_use(&keys, node);
        memcpy(node->cursor_keys, keys.cursor_keys, sizeof node->cursor_keys);
        node->cursor_keys_len = keys.cursor_keys_len;
        node->operator_key = keys.operator_key;
        if (fresh) {
            buf_add_text(made, path.bytes);
        }
    }
    explicit_bzero(&keys, sizeof keys);
    buf_deinit(&path);
    return err;
}

/* A node lives where its database is, or where its keys are. */
static enum hb_err name_take(const struct settings *settings, struct node_config *node,
                             struct buf *message)
{
    struct buf beside = {0};
    struct buf path = {0};
    bool made = false;
    enum hb_err err = HB_OK;

    (void)snprintf(node->name, sizeof node->name, "%s", settings->node);
    if (settings->node[0] == '\0') {
        if (on_file(settings)) {
            buf_add_text(&beside, settings->db);
        } else {
            keys_path(settings, &beside);
        }
        node_name_path(beside.bytes, &path);
        err = node_name_load(path.bytes, node->name, &made, message);
    }
    buf_deinit(&beside);
    buf_deinit(&path);
    return err;
}

static enum hb_err redis_take(const struct settings *settings, struct tls_context **ret,
                              struct buf *message)
{
    enum hb_err err = tls_context_new(&settings->redis_place, ret, message);

    if (err == HB_OK) {
        err = probe_redis(&settings->redis_place, *ret, message);
        if (err != HB_OK) {
            tls_context_free(ret);
        }
    }
    if (err == HB_OK && settings->redis_place.insecure) {
        log_line("warn", "insecure=yes: whoever is on the way to Redis may be taken for it");
    }
    return err;
}

static void say(struct buf *what)
{
    if (what->len > 0) {
        log_line("info", "%s", what->bytes);
    }
    buf_clear(what);
}

/* Makes the database one of its own, and is done. */
static int adopt(const struct settings *settings)
{
    struct node_config node;
    struct buf keys_made = {0};
    struct buf message = {0};

    node_config_default(&node);
    enum hb_err err = store_place_check(settings->db, &message);
    err = err == HB_OK ? keys_take(settings, &node, &keys_made, &message) : err;
    if (err == HB_OK) {
        err = installation_adopt(settings->db, &node, &message);
    }
    explicit_bzero(&node, sizeof node);
    if (err == HB_OK) {
        (void)printf("hubbubd: %s\n", message.bytes);
        if (keys_made.len > 0) {
            (void)printf("hubbubd: made fresh keys in %s\n", keys_made.bytes);
        }
    } else {
        (void)fprintf(stderr, "hubbubd: %s\n", message.bytes);
    }
    buf_deinit(&keys_made);
    buf_deinit(&message);
    return err == HB_OK ? EXIT_ENDED : EXIT_START;
}

static enum hb_err start(struct app *app, uv_loop_t *loop, struct buf *message)
{
    const struct settings *settings = &app->settings;
    const bool loopback = settings_loopback(settings->host);
    struct driver_config config = {
        .net = {.host = settings->host,
                .port = settings->port,
                .origins = settings->origins,
                .origins_len = settings->origins_len,
                .plain_writes = settings->plain_writes,
                .files = page_files,
                .files_len = page_files_len},
        .db = settings->db,
        .durability = settings->durability,
        .redis = settings->redis ? &settings->redis_place : NULL,
        .login = settings->login == LOGIN_ON || (settings->login == LOGIN_LOOPBACK && loopback),
        .login_any_host = settings->login == LOGIN_ON,
        .verbose = settings->verbose,
        .fenced = on_fenced,
        .fenced_context = app,
    };

    struct buf keys_made = {0};
    struct buf told = {0};
    node_config_default(&config.node);
    if (settings->public_url != NULL) {
        (void)snprintf(config.node.public_url, sizeof config.node.public_url, "%s",
                       settings->public_url);
    }
    enum hb_err err = store_place_check(settings->db, message); /* before keys lie beside it */
    err = err == HB_OK ? keys_take(settings, &config.node, &keys_made, message) : err;
    err = err == HB_OK && on_file(settings) ? private_database_check(settings->db, message) : err;
    err = err == HB_OK ? name_take(settings, &config.node, message) : err;
    if (err == HB_OK && settings->redis) {
        err = redis_take(settings, &config.tls, message);
    }
    if (err == HB_OK) {
        err = driver_open(loop, &config, &app->driver, message);
    }
    const bool signs = token_signer(&config.node.trust) != NULL;
    explicit_bzero(&config, sizeof config);
    if (err == HB_OK) { /* a start that fails says one thing only: why */
        say(message);
        private_logs(&told);
        say(&told);
    }
    if (err == HB_OK && on_file(settings)) {
        private_database_narrow(settings->db, &told);
        say(&told);
    }
    buf_deinit(&told);
    if (err == HB_OK && keys_made.len > 0) {
        keys_made_tell(keys_made.bytes);
    }
    buf_deinit(&keys_made);
    if (err == HB_OK && !on_file(settings) && !settings->redis) {
        log_line("info", "without --redis this node has to be the only one on its database");
    }
    if (err == HB_OK && !signs && settings->login != LOGIN_OFF) {
        log_line("info", "no key here signs, all are public, so signing in by a name alone is off");
    } else if (err == HB_OK && !loopback && settings->login == LOGIN_LOOPBACK) {
        log_line("info", "others can connect, so signing in by a name alone is off (--login)");
    }
    return err;
}

static void listen_to_signals(struct app *app, uv_loop_t *loop)
{
    (void)uv_signal_init(loop, &app->term);
    (void)uv_signal_init(loop, &app->interrupt);
    app->term.data = app;
    app->interrupt.data = app;
    (void)uv_signal_start(&app->term, on_signal, SIGTERM);
    (void)uv_signal_start(&app->interrupt, on_signal, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error of the write */
}

static void tell(const struct app *app)
{
    const char *host = app->settings.host;
    const bool six = strchr(host, ':') != NULL;
    const bool any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;

    (void)printf("hubbubd %s, node %s: open http://%s%s%s:%u/\n", HUBBUB_VERSION,
                 driver_name(app->driver), six && !any ? "[" : "", any ? "localhost" : host,
                 six && !any ? "]" : "", (unsigned)driver_port(app->driver));
    (void)fflush(stdout);
}

/* Each connection takes one, a new one two: as many as this user may have. */
static void descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(struct app *app)
{
    struct buf message = {0};
    uv_loop_t loop;

    descriptors_raise();
    if (uv_loop_init(&loop) != 0) {
        hb_panic(__FILE__, __LINE__, __func__, "no event loop can be made");
    }
    if (start(app, &loop, &message) != HB_OK) {
        (void)fprintf(stderr, "hubbubd: %s\n", message.bytes);
        app->exit_code = EXIT_START;
    } else {
        listen_to_signals(app, &loop);
        tell(app);
    }
    buf_deinit(&message);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    const int left = uv_loop_close(&loop);
    HB_ASSERT(left == 0); /* every handle is closed */
    return app->exit_code;
}

static int run(struct app *app)
{
    if (app->settings.help) {
        (void)fputs(settings_help(), stdout);
        return EXIT_ENDED;
    }
    if (app->settings.version) {
        (void)puts("hubbubd " HUBBUB_VERSION);
        if (app->settings.verbose) {
            (void)printf("node library %s\n", node_library_hash);
        }
        return EXIT_ENDED;
    }
    return app->settings.adopt ? adopt(&app->settings) : serve(app);
}

int main(int argc, char **argv)
{
    struct app app = {.exit_code = EXIT_ENDED};
    struct buf message = {0};

    (void)umask(077); /* databases, keys, names: for this user alone */
    enum hb_err err = settings_parse(argc, argv, &app.settings, &message);
    if (err == HB_OK) {
        err = settings_passwords(&app.settings, getenv("HUBBUB_DB_PASSWORD"),
                                 getenv("HUBBUB_REDIS_PASSWORD"), &message);
    }
    if (err != HB_OK) {
        (void)fprintf(stderr, "hubbubd: %s\n", message.bytes);
        buf_deinit(&message);
        settings_deinit(&app.settings);
        return err == HB_EDENIED ? EXIT_START : EXIT_USAGE;
    }
    buf_deinit(&message);
    const int exit_code = run(&app);
    settings_deinit(&app.settings);
    return exit_code;
}
