/* Formulas compiled and printed from one text. See bound.h. */
#include "sim/check/bound.h"

/* A million pages are as good as any number, and as many rows as this too: nothing overflows. */
#define PAGES_MOST 1000000
#define COUNT_MOST (INT64_MAX / 4)

static int64_t count_of(uint64_t count)
{
    return count < COUNT_MOST ? (int64_t)count : COUNT_MOST;
}

const struct bound_info *bound_info(enum bound bound)
{
    static const struct bound_info infos[] = {
#define X(name, unit, formula, what) {unit, #formula, what},
        BOUND_FORMULA_MAP(X)
#undef X
    };
    HB_ASSERT(bound < BOUND_COUNT);
    return &infos[bound];
}

/* By the slowest clock that the plan makes. */
static int64_t slowly(const struct bounds *bounds, int64_t us)
{
    return us + us / 1000000 * bounds->drift_ppm + us % 1000000 * bounds->drift_ppm / 1000000 +
           (bounds->drift_ppm > 0);
}

int64_t bound_value(enum bound bound, const struct bounds *bounds, struct amounts amounts)
{
    const int64_t L = bounds->client_latency_us;
    const int64_t R = bounds->redis_us;
    const int64_t D = bounds->database_us;
    const int64_t A = bounds->announce_us;
    const int64_t gap = bounds->gap_us;
    const int64_t client_gap = bounds->client_gap_us;
    const int64_t Bk = bounds->backoff_us;
    const int64_t Bk_least = bounds->backoff_least_us;
    const int64_t answer = bounds->answer_us;
    const int64_t K = bounds->lease_us;
    const int64_t S = bounds->sweep_us;
    const int64_t redis_pause = bounds->redis_backoff_us;
    const int64_t retry = bounds->database_retry_us;
    const int64_t H = bounds->ping_interval_us;
    const int64_t Ht = bounds->ping_timeout_us;
    const int64_t silence = H + Ht > 2 * answer ? H + Ht : 2 * answer;
    const int64_t hello = bounds->hello_us;
    const int64_t pause = client_gap > retry ? client_gap : retry;
    const int64_t beat = bounds->heartbeat_us;
    const int64_t G = bounds->grace_us;
    const int64_t T = slowly(bounds, bounds->typing_us);
    const int64_t V = slowly(bounds, bounds->revoked_us);
    const int64_t probe = slowly(bounds, bounds->probe_us);
    const int64_t th = bounds->typing_throttle_us;
    const int64_t refresh = bounds->typing_refresh_us;
    const int64_t F = bounds->receipt_us;
    const int64_t full_pass = bounds->full_pass_us;
    const int64_t W = bounds->skew_ms;
    const int64_t P = bounds->page_rows > 0 ? bounds->page_rows : 1;
    const int64_t B = bounds->repair_rows > 0 ? bounds->repair_rows : 1;
    const int64_t missing = amounts.missing < PAGES_MOST ? (int64_t)amounts.missing : PAGES_MOST;
    const int64_t reads = missing > B ? (missing + B - 1) / B : 1;
    const int64_t rows = count_of(amounts.rows);
    const int64_t rooms = count_of(amounts.rooms);
    const int64_t stamps = count_of(amounts.stamps);
    const int64_t answers = amounts.answers < PAGES_MOST ? (int64_t)amounts.answers : PAGES_MOST;
    const int64_t pages = amounts.pages < PAGES_MOST ? (int64_t)amounts.pages : PAGES_MOST;

    switch (bound) {
#define X(name, unit, formula, what)                                                               \
    case name:                                                                                     \
        return formula;
        BOUND_FORMULA_MAP(X)
#undef X
    case BOUND_COUNT:
        break;
    }
    HB_UNREACHABLE("a bound of no name");
}
