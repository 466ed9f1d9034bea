/* Assertions and the words for errors. */
#include "server/base/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct hb_context thread_context;

struct hb_context *hb_context(void)
{
    return &thread_context;
}

static void say_where(void)
{
    const struct hb_context *context = hb_context();
    if (context->what != NULL) {
        (void)fprintf(stderr, "in %s at %" PRId64 " us\n", context->what, context->now_us);
    }
    (void)fflush(stderr);
}

static _Noreturn void end(int exit_code)
{
    if (exit_code != 0) {
        _Exit(exit_code);
    }
    abort();
}

/* Prints with one call a line, so that the messages of two threads do not mix inside a line. */
void hb_panic(const char *file, int line, const char *func, const char *what)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s:%d: %s: assertion failed: %s\n", file, line, func, what);
    say_where();
    struct hb_context *context = hb_context();
    void (*dies)(void *user, const char *file, int line, const char *what) = context->dies;
    const int exit_code = context->exit_code;
    context->dies = NULL;
    if (dies != NULL) {
        dies(context->dies_user, file, line, what);
    }
    end(exit_code);
}

void hb_no_memory(size_t bytes)
{
    const struct hb_context *context = hb_context();

    (void)fflush(stdout);
    if (bytes > 0) {
        (void)fprintf(stderr, "out of memory: %zu bytes more cannot be had\n", bytes);
    } else {
        (void)fprintf(stderr, "out of memory: a library could not have more\n");
    }
    say_where();
    end(context->no_memory_exit_code != 0 ? context->no_memory_exit_code : context->exit_code);
}

const char *hb_err_wire(enum hb_err err)
{
    switch (err) {
    case HB_OK:
        return "ok";
#define X(code, wire, temporary, text)                                                             \
    case code:                                                                                     \
        return wire;
        HB_ERR_MAP(X)
#undef X
    }
    HB_UNREACHABLE("an error outside its map");
}

const char *hb_err_text(enum hb_err err)
{
    switch (err) {
    case HB_OK:
        return "success";
#define X(code, wire, temporary, text)                                                             \
    case code:                                                                                     \
        return text;
        HB_ERR_MAP(X)
#undef X
    }
    HB_UNREACHABLE("an error outside its map");
}

bool hb_err_temporary(enum hb_err err)
{
    switch (err) {
    case HB_OK:
        return false;
#define X(code, wire, temporary, text)                                                             \
    case code:                                                                                     \
        return (temporary);
        HB_ERR_MAP(X)
#undef X
    }
    HB_UNREACHABLE("an error outside its map");
}
