/* hubbub init: a first scenario and a CI file in the working folder. */
#include "sim/cli/cli.h"
#include "sim/cli/init_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: hubbub init\n"
    "\n"
    "Writes into the working folder what one begins with, and never over what is there:\n"
    "\n"
    "  scenarios/chat.json            a scenario with comments: people, faults, settings\n"
    "  scenarios/messages.txt         what its people write\n"
    "  .github/workflows/hubbub.yml   runs it on each pull request, and more of it at night\n"
    "\n"
    "Then: hubbub run chat\n"
    "\n"
    "Exit codes: 0 written, or there already; 2 a file could not be written\n";

enum written { WRITTEN, THERE, NOT_WRITTEN };

/* The folders that a path names, one after the other. */
static bool make_folders(const char *path)
{
    char folder[256];

    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
            say_error("hubbub init: %s: cannot make it: %s\n", folder, strerror(errno));
            return false;
        }
    }
    return true;
}

static enum written write_file(const struct init_file *file)
{
    size_t done = 0;
    bool good = true;

    if (!make_folders(file->path)) {
        return NOT_WRITTEN;
    }
    const int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) {
        return THERE;
    }
    while (fd >= 0 && good && done < file->len) {
        const ssize_t len = write(fd, file->bytes + done, file->len - done);
        good = len >= 0 || errno == EINTR;
        done += len > 0 ? (size_t)len : 0;
    }
    if (fd < 0 || !good) {
        say_error("hubbub init: %s: cannot write it: %s\n", file->path, strerror(errno));
    }
    if (fd >= 0 && close(fd) != 0 && good) {
        say_error("hubbub init: %s: cannot write it: %s\n", file->path, strerror(errno));
        good = false;
    }
    if (fd >= 0 && !good) {
        (void)unlink(file->path); /* half of a file is worse than none */
    }
    return fd >= 0 && good ? WRITTEN : NOT_WRITTEN;
}

enum exit_code cmd_init(int argc, char **argv)
{
    struct args args;
    enum exit_code code = EXIT_HELD;

    if (wants_help(argc, argv)) {
        page_print(help);
        return EXIT_HELD;
    }
    if (!args_parse("init", "", argc, argv, &args)) {
        return EXIT_INPUT;
    }
    if (args.files_len > 0) {
        say_error("hubbub init: expected nothing behind it: it writes into the working folder\n");
        return EXIT_INPUT;
    }
    for (const struct init_file *file = init_files; file->path != NULL && code == EXIT_HELD;
         file++) {
        switch (write_file(file)) {
        case WRITTEN:
            say("written  %s\n", file->path);
            break;
        case THERE:
            say("there    %s: left as it is\n", file->path);
            break;
        case NOT_WRITTEN:
            code = EXIT_INPUT;
            break;
        }
    }
    if (code == EXIT_HELD) {
        page_print("\nA first run:  hubbub run chat\n");
    }
    return code;
}
