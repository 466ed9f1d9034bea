/* See log.h. */
#include "server/runtime/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define EVERY_US  1000000
#define MINUTE_US 60000000

#define TIMES_BYTES 48

/* How often it is told: what a stranger does may go on for as long as it is not ended. */
static int64_t every_us(enum note_code code)
{
    return code == NOTE_FOREIGN || code == NOTE_FORGED || code == NOTE_REPLAYED ? MINUTE_US
                                                                                : EVERY_US;
}

/* What somebody who runs the server acts on. The others are details, with --verbose only. */
static const char *const levels[NOTE_COUNT] = {
    [NOTE_READY] = "info",
    [NOTE_REDIS_CONNECTED] = "info",
    [NOTE_DRAINING] = "info",
    [NOTE_DRAINED] = "info",
    [NOTE_NOT_READY] = "warn",
    [NOTE_SEND_UNKNOWN] = "warn",
    [NOTE_DB_RETRY] = "warn",
    [NOTE_HLC_SKEW] = "warn",
    [NOTE_STAMP_TAKEN] = "warn",
    [NOTE_NAME_TAKEN] = "warn",
    [NOTE_REDIS_REFUSED] = "warn",
    [NOTE_REDIS_MUTE] = "warn",
    [NOTE_PEER_UNHEARD] = "warn",
    [NOTE_SUBSCRIPTIONS_LOST] = "warn",
    [NOTE_REDIS_DISCONNECTED] = "warn",
    [NOTE_REDIS_AWAY] = "warn",
    [NOTE_PUBLISH_FAILED] = "warn",
    [NOTE_PUBLICATION_BAD] = "warn",
    [NOTE_PEER_SILENT] = "warn",
    [NOTE_RATE] = "warn",
    [NOTE_WOKE] = "warn",
    [NOTE_ROW_BAD] = "warn",
    [NOTE_TOKEN_REFUSED] = "warn",
    [NOTE_FOREIGN] = "warn",
    [NOTE_FORGED] = "warn",
    [NOTE_REPLAYED] = "warn",
    [NOTE_SEND_GAVE_UP] = "error",
    [NOTE_FENCED] = "error",
    [NOTE_OTHER_INSTALLATION] = "error",
};

static const char *level_of(enum note_code code)
{
    HB_ASSERT(code < NOTE_COUNT);
    return levels[code];
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

/* Counts one more. False: it was told less than `every` ago; else `ret` says how often it came since, if
 * more than once. */
static bool tell_now(struct log_tally *tally, int64_t mono_us, int64_t every, char ret[TIMES_BYTES])
{
    ret[0] = '\0';
    tally->untold++;
    if (tally->told_us != 0 && mono_us - tally->told_us < every) {
        return false;
    }
    if (tally->untold > 1) {
        (void)snprintf(ret, TIMES_BYTES, " (%" PRIu64 " times)", tally->untold);
    }
    *tally = (struct log_tally){.told_us = mono_us};
    return true;
}

void log_note(struct log *log, int64_t mono_us, enum note_code code, int64_t a, int64_t b,
              struct text about)
{
    const char *level = level_of(code);
    char more[128] = " ";
    char times[TIMES_BYTES];
    char said[192];

    if (level == NULL && !log->verbose) {
        return;
    }
    const bool token = code == NOTE_TOKEN_REFUSED && a > 0 && a < TOKEN_REFUSAL_COUNT;
    const int64_t kind = token ? NOTE_COUNT + a : (int64_t)code;
    if (!tell_now(&log->notes[kind], mono_us, every_us(code), times)) {
        return;
    }
    if (token) {
        refusal_say((enum token_refusal)a, b, said, sizeof said);
    } else {
        (void)snprintf(said, sizeof said, "%" PRId64 " %" PRId64, a, b);
    }
    log_plain(about, more + 1, sizeof more - 1);
    log_line(level != NULL ? level : "debug", "%s: %s%s%s", note_text(code), said,
             more[1] != '\0' ? more : "", times);
}

/* The place of these words, or of those told longest ago. */
static struct log_cause *cause_of(struct log *log, const char *words)
{
    struct log_cause *oldest = &log->causes[0];

    for (size_t i = 0; i < LOG_CAUSES; i++) {
        struct log_cause *cause = &log->causes[i];
        if (strcmp(cause->words, words) == 0) {
            return cause;
        }
        if (cause->tally.told_us < oldest->tally.told_us) {
            oldest = cause;
        }
    }
    *oldest = (struct log_cause){0};
    (void)snprintf(oldest->words, sizeof oldest->words, "%s", words);
    return oldest;
}

void log_trouble(struct log *log, int64_t mono_us, const char *words)
{
    char plain[LOG_CAUSE_BYTES];
    char times[TIMES_BYTES];

    log_plain(text_of(words), plain, sizeof plain);
    if (tell_now(&cause_of(log, plain)->tally, mono_us, MINUTE_US, times)) {
        log_line("error", "%s%s", plain, times);
    }
}
