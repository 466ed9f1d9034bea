/* See log.h. */
#include "server/runtime/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define EVERY_US  1000000
#define MINUTE_US 60000000

/* How often it is told: what a stranger does may go on for as long as it is not ended. */
static int64_t every_us(enum note_code code)
{
    return code == NOTE_FOREIGN || code == NOTE_FORGED || code == NOTE_REPLAYED ? MINUTE_US
                                                                                : EVERY_US;
}

/* What somebody who runs the server acts on; NULL: details, with --verbose only. */
static const char *level_of(enum note_code code)
{
    switch (code) {
    case NOTE_READY:
    case NOTE_REDIS_CONNECTED:
    case NOTE_DRAINING:
    case NOTE_DRAINED:
        return "info";
    case NOTE_NOT_READY:
    case NOTE_SEND_UNKNOWN:
    case NOTE_DB_RETRY:
    case NOTE_HLC_SKEW:
    case NOTE_STAMP_TAKEN:
    case NOTE_NAME_TAKEN:
    case NOTE_REDIS_REFUSED:
    case NOTE_PEER_UNHEARD:
    case NOTE_SUBSCRIPTIONS_LOST:
    case NOTE_REDIS_DISCONNECTED:
    case NOTE_REDIS_AWAY:
    case NOTE_PUBLISH_FAILED:
    case NOTE_PUBLICATION_BAD:
    case NOTE_PEER_SILENT:
    case NOTE_RATE:
    case NOTE_WOKE:
    case NOTE_ROW_BAD:
    case NOTE_TOKEN_REFUSED:
    case NOTE_FOREIGN:
    case NOTE_FORGED:
    case NOTE_REPLAYED:
        return "warn";
    case NOTE_SEND_GAVE_UP:
    case NOTE_FENCED:
    case NOTE_OTHER_INSTALLATION:
        return "error";
    case NOTE_HELLO_REFUSED:
    case NOTE_BAD_FRAME:
    case NOTE_SEND_DUPLICATE:
    case NOTE_HLC_LIFTED:
    case NOTE_GAP:
    case NOTE_REPAIRED:
    case NOTE_DUPLICATE:
    case NOTE_HELD:
    case NOTE_RESUBSCRIBED:
    case NOTE_ANNOUNCE_GAP:
    case NOTE_COMPARED:
    case NOTE_RESUME_TAIL:
    case NOTE_RESUME_SYNC:
    case NOTE_SYNC_PAGE:
    case NOTE_CURSOR_REFUSED:
    case NOTE_CONN_SILENT:
    case NOTE_HTTP:
    case NOTE_ENTRY_UNKNOWN:
    case NOTE_HELD_FULL:
    case NOTE_ANNOUNCE_ALL:
    case NOTE_PEERS_FULL:
    case NOTE_REPAIR_ON:
    case NOTE_HEADS_SPLIT:
    case NOTE_USERS_SPLIT:
    case NOTE_SYNC_ROOMS:
    case NOTE_CURSOR_ROOMS:
    case NOTE_SENDS_ROOMS:
    case NOTE_SEEN_TAKEN:
    case NOTE_PRESENCE_LIFE_ENDED:
    case NOTE_TOO_MANY:
    case NOTE_PRESENCE_CROWD:
    case NOTE_TYPISTS:
    case NOTE_TYPING_WAITS:
    case NOTE_TOKEN_OVER:
    case NOTE_TOKEN_REFRESHED:
    case NOTE_REFRESH_REFUSED:
    case NOTE_REVOKED:
    case NOTE_COUNT:
        return NULL;
    }
    HB_UNREACHABLE("no such note");
}

static void stamp(char ret[32])
{
    struct timespec now;
    struct tm parts;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    const size_t len = strftime(ret, 32, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(ret + len, 32 - len, ".%03ldZ", now.tv_nsec / 1000000);
}

void log_line(const char *level, const char *format, ...)
{
    char text[1024];
    char at[32];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    stamp(at);
    (void)fprintf(stderr, "%s %s %s\n", at, level, text);
}

void log_plain(struct text text, char *ret, size_t cap)
{
    size_t len = 0;

    for (; len < text.len && len < cap - 1; len++) {
        ret[len] = '?';
        if (text.bytes[len] >= ' ' && text.bytes[len] <= '~') {
            ret[len] = text.bytes[len];
        }
    }
    ret[len] = '\0';
}

/* `by_s`: how far beyond, where a time was it. */
static void refusal_say(enum token_refusal why, int64_t by_s, char *ret, size_t ret_cap)
{
    const char *text = token_refusal_text(why);

    if (by_s != 0) {
        (void)snprintf(ret, ret_cap, "%s, by %" PRId64 " s", text, by_s);
    } else {
        (void)snprintf(ret, ret_cap, "%s", text);
    }
}

void log_note(struct log *log, int64_t mono_us, enum note_code code, int64_t a, int64_t b,
              struct text about)
{
    const char *level = level_of(code);
    char more[128] = " ";
    char times[48] = "";
    char said[192];

    if (level == NULL && !log->verbose) {
        return;
    }
    const bool token = code == NOTE_TOKEN_REFUSED && a > 0 && a < TOKEN_REFUSAL_COUNT;
    const int64_t kind = token ? NOTE_COUNT + a : (int64_t)code;
    log->untold[kind]++;
    if (log->told_us[kind] != 0 && mono_us - log->told_us[kind] < every_us(code)) {
        return;
    }
    if (log->untold[kind] > 1) {
        (void)snprintf(times, sizeof times, " (%" PRIu64 " times)", log->untold[kind]);
    }
    if (token) {
        refusal_say((enum token_refusal)a, b, said, sizeof said);
    } else {
        (void)snprintf(said, sizeof said, "%" PRId64 " %" PRId64, a, b);
    }
    log_plain(about, more + 1, sizeof more - 1);
    log->told_us[kind] = mono_us;
    log->untold[kind] = 0;
    log_line(level != NULL ? level : "debug", "%s: %s%s%s", note_text(code), said,
             more[1] != '\0' ? more : "", times);
}
