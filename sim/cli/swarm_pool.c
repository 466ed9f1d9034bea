/* Workers: forked, given one task at a time through pipes, replaced when they die. See swarm.h. */
#include "sim/cli/swarm.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAILURES_TOLD 20

static bool transfer(int fd, void *bytes, size_t bytes_len, bool writes)
{
    char *at = bytes;
    while (bytes_len > 0) {
        const ssize_t len = writes ? write(fd, at, bytes_len) : read(fd, at, bytes_len);
        if (len <= 0) {
            if (len < 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        at += len;
        bytes_len -= (size_t)len;
    }
    return true;
}

static _Noreturn void work(const struct swarm *swarm, int from, int to)
{
    struct task task;
    struct outcome outcome;
    while (transfer(from, &task, sizeof task, false)) {
        swarm_task(swarm, &task, &outcome);
        if (!transfer(to, &outcome, sizeof outcome, true)) {
            break;
        }
    }
    _exit(0);
}

static bool worker_start(struct swarm *swarm, struct worker *worker)
{
    int down[2];
    int up[2];
    if (pipe(down) != 0) {
        return false;
    }
    if (pipe(up) != 0) {
        (void)close(down[0]);
        (void)close(down[1]);
        return false;
    }
    (void)fflush(stdout);
    (void)fflush(stderr);
    worker->pid = fork();
    if (worker->pid == 0) {
        for (uint32_t i = 0; i < swarm->args.jobs; i++) { /* the ends of older workers */
            if (&swarm->workers[i] != worker && swarm->workers[i].to >= 0) {
                (void)close(swarm->workers[i].to);
                (void)close(swarm->workers[i].from);
            }
        }
        (void)close(down[1]);
        (void)close(up[0]);
        work(swarm, down[0], up[1]);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    worker->to = down[1];
    worker->from = up[0];
    worker->busy = false;
    return worker->pid > 0;
}

static uint64_t place_of(const struct swarm *swarm, const struct task *task)
{
    return task->scenario * swarm->seeds + (task->seed - swarm->args.seed_from);
}

static void worker_give(struct swarm *swarm, struct worker *worker)
{
    if (swarm->next == swarm->tasks || worker->to < 0) {
        return;
    }
    worker->task = (struct task){.scenario = (uint32_t)(swarm->next / swarm->seeds),
                                 .seed = swarm->args.seed_from + swarm->next % swarm->seeds};
    swarm->next++;
    worker->busy = transfer(worker->to, &worker->task, sizeof worker->task, true);
}

static void take(struct swarm *swarm, const struct outcome *outcome)
{
    const uint64_t place = place_of(swarm, &outcome->task);
    swarm->outcomes[place] = *outcome;
    swarm->done[place] = true;
    swarm->finished++;
    if (outcome->code == EXIT_HELD) {
        return;
    }
    swarm->failed++;
    if (swarm->failed <= FAILURES_TOLD && !swarm->args.quiet) {
        const char *id =
            outcome->invariant >= 0 ? invariant_info((enum invariant)outcome->invariant)->id : "-";
        (void)printf("seed %" PRIu64 " of %s: %s %s: %s\n", outcome->task.seed,
                     swarm->loaded[outcome->task.scenario].path,
                     outcome->code == EXIT_VIOLATED       ? "violated"
                     : outcome->code == EXIT_INCONCLUSIVE ? "inconclusive"
                                                          : "harness failed",
                     id, outcome->what);
        (void)fflush(stdout);
    }
}

/* A worker died: a failed assertion in a node is a finding, elsewhere the harness is at fault. */
static void worker_died(struct swarm *swarm, struct worker *worker)
{
    int status = 0;
    (void)waitpid(worker->pid, &status, 0);
    (void)close(worker->to);
    (void)close(worker->from);
    worker->to = -1;
    if (worker->busy) {
        struct outcome outcome = {.task = worker->task, .code = EXIT_HARNESS, .invariant = -1};
        const bool finding = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_VIOLATED;
        outcome.code = finding ? EXIT_VIOLATED : EXIT_HARNESS;
        (void)snprintf(outcome.what, sizeof outcome.what, "%s",
                       finding ? "an assertion of the node failed" : "the worker died");
        take(swarm, &outcome);
    }
    if (swarm->next < swarm->tasks && worker_start(swarm, worker)) {
        worker_give(swarm, worker);
    }
}

static void tell(struct swarm *swarm)
{
    const bool terminal = isatty(STDERR_FILENO) != 0;
    const int64_t now = now_us();
    if (swarm->args.quiet) {
        return;
    }
    if (now - swarm->told_us < (terminal ? 200000 : 10000000) || swarm->finished == 0) {
        return;
    }
    swarm->told_us = now;
    const uint64_t spent = (uint64_t)(now - swarm->started_us);
    (void)fprintf(stderr,
                  "%s%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64
                  " seeds a minute, about %" PRIu64 " s left%s",
                  terminal ? "\r" : "", swarm->finished, swarm->tasks, swarm->failed,
                  swarm->finished * 60000000 / (spent + 1),
                  spent / swarm->finished * (swarm->tasks - swarm->finished) / 1000000,
                  terminal ? "   " : "\n");
}

void swarm_run(struct swarm *swarm)
{
    struct pollfd polls[JOBS_MAX];

    for (uint32_t i = 0; i < swarm->args.jobs; i++) {
        if (worker_start(swarm, &swarm->workers[i])) {
            worker_give(swarm, &swarm->workers[i]);
        }
    }
    while (swarm->finished < swarm->tasks) {
        nfds_t len = 0;
        for (uint32_t i = 0; i < swarm->args.jobs; i++) {
            polls[i] = (struct pollfd){.fd = swarm->workers[i].from, .events = POLLIN};
            polls[i].fd = swarm->workers[i].to >= 0 && swarm->workers[i].busy ? polls[i].fd : -1;
            len += polls[i].fd >= 0;
        }
        if (len == 0) {
            break; /* no worker could be started */
        }
        (void)poll(polls, swarm->args.jobs, 1000);
        for (uint32_t i = 0; i < swarm->args.jobs; i++) {
            struct worker *worker = &swarm->workers[i];
            struct outcome outcome;
            if (polls[i].fd < 0 || (polls[i].revents & (POLLIN | POLLHUP)) == 0) {
                continue;
            }
            if (!transfer(worker->from, &outcome, sizeof outcome, false)) {
                worker_died(swarm, worker);
                continue;
            }
            worker->busy = false;
            take(swarm, &outcome);
            worker_give(swarm, worker);
        }
        tell(swarm);
    }
    for (uint32_t i = 0; i < swarm->args.jobs; i++) {
        if (swarm->workers[i].to >= 0) {
            (void)close(swarm->workers[i].to);
            (void)close(swarm->workers[i].from);
            (void)waitpid(swarm->workers[i].pid, NULL, 0);
        }
    }
}
