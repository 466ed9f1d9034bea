/* Folders of results: one run at a time, its own old files only, nothing outside. */
#include "server/base/tests/test.h"
#include "sim/results/manifest.h"
#include "sim/results/name.h"
#include "sim/results/results.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/hubbub-results-??????";

static const char *const names[] = {"summary.json", "junit.xml", NULL};

static int set_up(void **state)
{
    (void)state;
    memset(strchr(top, '?'), 'X', 6);
    return mkdtemp(top) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[100];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", top);
    const int code = system(command);
    memset(strrchr(top, '-') + 1, '?', 6);
    return code;
}

static void path_of(const char *path, char ret[200])
{
    (void)snprintf(ret, 200, "%s/%s", top, path);
}

static void put(const char *path, const char *text)
{
    char at[200];
    path_of(path, at);
    FILE *file = fopen(at, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* "": it is empty or not there. */
static void expect(const char *path, const char *text)
{
    char at[200];
    char read[200] = "";
    path_of(path, at);
    FILE *file = fopen(at, "rb");
    if (file != NULL) {
        read[fread(read, 1, sizeof read - 1, file)] = 0;
        (void)fclose(file);
    }
    assert_string_equal(read, text);
}

/* NULL: refused with `expected` in the reason. */
static struct results *opened(const char *expected, bool keep, const char *input)
{
    char dir[200];
    char from[200];
    struct results *results = NULL;
    struct buf why = {0};
    const char *inputs[] = {from};

    path_of("out", dir);
    path_of(input != NULL ? input : "nothing", from);
    const struct results_wish wish = {dir, "hubbub swarm", names, inputs, 1, keep};
    const bool good = results_open(&wish, &results, &why);
    assert_int_equal(good, expected == NULL);
    if (!good) {
        assert_non_null(strstr(why.bytes, expected));
    }
    buf_deinit(&why);
    return results;
}

static bool written(struct results *results, const char *path, const char *text)
{
    struct buf content = {0};
    struct buf why = {0};
    buf_add_text(&content, text);
    const bool good = results_write(results, path, &content, &why);
    assert_int_equal(good, why.len == 0);
    buf_deinit(&content);
    buf_deinit(&why);
    return good;
}

static void a_run_leaves_what_it_wrote_and_the_next_one_removes_it(void **state)
{
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    assert_true(written(results, "summary.json", "one"));
    assert_true(written(results, "city-seed-7/plan.json", "plan"));
    results_close(&results);
    expect("out/city-seed-7/plan.json", "plan");
    put("out/notes.txt", "mine");
    put("out/city-seed-7/notes.txt", "mine");

    results = opened(NULL, false, NULL);
    expect("out/summary.json", "");
    expect("out/city-seed-7/plan.json", "");
    expect("out/notes.txt", "mine");
    expect("out/city-seed-7/notes.txt", "mine");
    results_close(&results);
}

static void what_a_killed_run_left_is_removed(void **state)
{
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    assert_true(written(results, "summary.json", "one"));
    put("out/summary.json.partial", "half of a later one");
    results_close(&results);
    results = opened(NULL, false, NULL);
    expect("out/summary.json.partial", "");
    results_close(&results);
}

static void what_hubbub_did_not_write_is_refused(void **state)
{
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    assert_true(written(results, "summary.json", "one"));
    results_close(&results);
    put("out/summary.json", "edited by somebody");
    assert_null(opened("out/summary.json was changed since hubbub wrote it", false, NULL));
    expect("out/summary.json", "edited by somebody");
    put("out/summary.json", "one");
    put("out/junit.xml", "of another tool");
    assert_null(opened("out/junit.xml was not written by hubbub", false, NULL));
    expect("out/summary.json", "one"); /* nothing is removed before all is looked at */
}

static void a_strangers_file_in_the_way_later_is_not_replaced(void **state)
{
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    char dir[200];
    path_of("out/city-seed-7", dir);
    assert_int_equal(mkdir(dir, 0777), 0);
    put("out/city-seed-7/plan.json", "mine");
    assert_false(written(results, "city-seed-7/plan.json", "plan"));
    expect("out/city-seed-7/plan.json", "mine");
    results_close(&results);
}

static void links_lead_nowhere(void **state)
{
    char from[200];
    char to[200];
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    path_of("elsewhere", to);
    assert_int_equal(mkdir(to, 0777), 0);
    path_of("out/city-seed-7", from);
    assert_int_equal(symlink(to, from), 0);
    assert_false(written(results, "city-seed-7/plan.json", "plan"));
    expect("elsewhere/plan.json", "");
    put("elsewhere/target", "untouched");
    path_of("elsewhere/target", to);
    path_of("out/summary.json.partial", from);
    assert_int_equal(symlink(to, from), 0);
    assert_false(written(results, "summary.json", "one"));
    expect("elsewhere/target", "untouched");
    results_close(&results);
}

static void an_input_is_not_removed(void **state)
{
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    assert_true(written(results, "city-seed-7/plan.json", "plan"));
    results_close(&results);
    assert_null(opened("is an input", false, "out/city-seed-7/plan.json"));
    assert_null(opened("is an input", false, "out/city-seed-7"));
    expect("out/city-seed-7/plan.json", "plan");
    results = opened(NULL, false, "out"); /* of which it is no direct part */
    results_close(&results);
}

static void a_folder_in_use_names_its_process(void **state)
{
    char expected[80];
    (void)state;
    struct results *results = opened(NULL, false, NULL);
    assert_true(written(results, "summary.json", "one"));
    (void)snprintf(expected, sizeof expected, "in use by process %ld: hubbub swarm",
                   (long)getpid());
    assert_null(opened(expected, false, NULL));
    assert_null(opened(expected, true, NULL));
    expect("out/summary.json", "one");
    int left[2];
    char byte = 0;
    assert_int_equal(pipe(left), 0);
    const pid_t child = fork();
    if (child == 0) {
        results_leave(results);
        (void)!write(left[1], &byte, 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(left[0], &byte, 1), 1);
    results_close(&results);
    results = opened(NULL, false, NULL); /* a child that lives on holds nothing */
    results_close(&results);
    assert_int_equal(close(left[0]) + close(left[1]), 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_run_can_go_on_with_what_is_there(void **state)
{
    struct buf why = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct results *results = opened(NULL, i > 0, NULL);
        const int fd = results_grow(results, "seeds.txt", &why);
        assert_int_equal(write(fd, "line\n", 5), 5);
        assert_int_equal(close(fd), 0);
        assert_true(written(results, "summary.json", i > 0 ? "two" : "one"));
        results_close(&results);
    }
    expect("out/seeds.txt", "line\nline\n");
    expect("out/summary.json", "two");
    struct results *results = opened(NULL, false, NULL);
    expect("out/seeds.txt", "");
    results_close(&results);
    buf_deinit(&why);
}

static void a_manifest_is_believed_within_the_folder_only(void **state)
{
    static const char text[] =
        "hubbub results 1\nby 1: x\n- ../../precious\n- /etc/passwd\n- a/b/c\n"
        "- .hidden\n- a/../b\n- -rf\n- \n0123 short\n- good/plan.json\n- cut";
    struct manifest manifest;
    (void)state;
    manifest_read(text, strlen(text), &manifest);
    assert_int_equal(manifest.lines_len, 1);
    assert_string_equal(manifest.lines[0].path, "good/plan.json");
    manifest_deinit(&manifest);
    put("nothing", "");
    struct results *results = opened(NULL, false, NULL);
    results_close(&results);
    put("out/.hubbub", "somebody's own file\n");
    assert_null(opened(".hubbub: not written by hubbub", false, NULL));
    expect("out/.hubbub", "somebody's own file\n");
}

static void names_are_made_safe(void **state)
{
    static const struct {
        const char *text, *name;
    } table[] = {{"city", "city"},
                 {"../../x", "_._.._x"},
                 {"", "_"},
                 {".", "_"},
                 {"-rf", "_rf"},
                 {"a b/c\\d:e\n", "a_b_c_d_e_"},
                 {"caf\xc3\xa9", "caf__"},
                 {"A-z_0.9", "A-z_0.9"}};
    char name[NAME_CAP];
    char longest[400];
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        name_safe(table[i].text, name);
        assert_string_equal(name, table[i].name);
        assert_true(name_is_safe_path(name));
    }
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    name_safe(longest, name);
    assert_int_equal(strlen(name), NAME_CAP - 1);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_run_leaves_what_it_wrote_and_the_next_one_removes_it),
        TEST(what_a_killed_run_left_is_removed),
        TEST(what_hubbub_did_not_write_is_refused),
        TEST(a_strangers_file_in_the_way_later_is_not_replaced),
        TEST(links_lead_nowhere),
        TEST(an_input_is_not_removed),
        TEST(a_folder_in_use_names_its_process),
        TEST(a_run_can_go_on_with_what_is_there),
        TEST(a_manifest_is_believed_within_the_folder_only),
        TEST(names_are_made_safe),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
