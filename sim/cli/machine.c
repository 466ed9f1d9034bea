/* What the machine has and says: cores, and the signals that ask for an end. See cli.h. */
#include "sim/cli/cli.h"

#include <sched.h>
#include <signal.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
/* The one thing that a handler may write. */
static volatile sig_atomic_t
    caught; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */

uint32_t cores(void)
{
    cpu_set_t set;
    const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > JOBS_MAX ? JOBS_MAX : (uint32_t)count;
}

/* The first signal asks for an end with a summary; a second one ends the process at once. */
static void on_signal(int number)
{
    caught = number;
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        (void)signal(ending[i], SIG_DFL);
    }
}

void signals_listen(void)
{
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction old;
        const struct sigaction action = {.sa_handler = on_signal};
        (void)sigaction(ending[i], NULL, &old);
        if (ending[i] != SIGHUP ||
            old.sa_handler != SIG_IGN) { /* it is meant to outlive its terminal */
            (void)sigaction(ending[i], &action, NULL);
        }
    }
}

int signal_caught(void)
{
    return caught;
}
