/* Files that are this user's alone, and the file of a node's name. */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "server/runtime/node_name.h"
#include "server/runtime/private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/hubbub-private-XXXXXX";
static struct buf said, told;

static int setup(void **state)
{
    (void)state;
    (void)strcpy(dir + strlen(dir) - 6, "XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
    char command[80];

    (void)state;
    buf_deinit(&said);
    buf_deinit(&told);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static const char *at(const char *name)
{
    static char paths[4][96];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static void make(const char *name, const char *text, mode_t mode)
{
    const int file = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    (void)close(file);
}

static unsigned mode_of(const char *name)
{
    struct stat info;

    return stat(at(name), &info) == 0 ? (unsigned)(info.st_mode & 0777) : 0;
}

static void a_database_that_others_can_use_is_narrowed_with_all_its_files_and_told_of(void **state)
{
    (void)state;
    make("a.db", "x", 0644);
    make("a.db-wal", "x", 0660);
    make("a.db-shm", "x", 0600);
    make("a.db-journal", "x", 0666);
    make("a.dbx", "x", 0644);
    assert_int_equal(private_database_check(at("a.db"), &said), HB_OK);
    private_database_narrow(at("a.db"), &told);
    assert_int_equal(mode_of("a.db"), 0600);
    assert_int_equal(mode_of("a.db-wal"), 0600);
    assert_int_equal(mode_of("a.db-journal"), 0600);
    assert_int_equal(mode_of("a.dbx"), 0644);
    assert_non_null(strstr(told.bytes, "a.db\" (it was 644)"));
    assert_non_null(strstr(told.bytes, "a.db-wal\" (it was 660)"));
    assert_null(strstr(told.bytes, "a.db-shm"));
    buf_clear(&told);
    assert_int_equal(private_database_check(at("a.db"), &said), HB_OK);
    private_database_narrow(at("a.db"), &told);
    assert_int_equal(told.len, 0); /* once */
    assert_int_equal(private_database_check(at("none.db"), &said), HB_OK);
    private_database_narrow(at("none.db"), &told);
    assert_int_equal(told.len, 0);
    assert_int_equal(private_database_check(at("none/none.db"), &said), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "give a file in a folder that exists"));
}

static void one_of_another_user_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    make("b.db", "x", 0644);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(seteuid(65534), 0); /* nobody: cannot change what is root's */
    const enum hb_err err = private_database_check(at("b.db"), &said);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(err, HB_EDENIED);
    assert_non_null(strstr(said.bytes, "another user"));
    assert_int_equal(mode_of("b.db"), 0644);
}

static void the_file_of_a_log_is_narrowed(void **state)
{
    (void)state;
    make("log", "", 0644);
    const int kept = dup(STDERR_FILENO);
    const int file = open(at("log"), O_WRONLY | O_APPEND);
    (void)dup2(file, STDERR_FILENO);
    private_logs(&told);
    (void)dup2(kept, STDERR_FILENO);
    (void)close(kept);
    (void)close(file);
    assert_int_equal(mode_of("log"), 0600);
    assert_non_null(strstr(told.bytes, "for this user alone now"));
}

static void a_name_is_drawn_once_for_its_place(void **state)
{
    char name[NODE_ID_BYTES_MAX + 1];
    char again[NODE_ID_BYTES_MAX + 1];
    bool made = false;

    (void)state;
    assert_int_equal(node_name_load(at("a.node"), name, &made, &said), HB_OK);
    assert_true(made);
    assert_int_equal(strlen(name), 7);
    assert_int_equal(name[0], 'n');
    assert_true(id_valid_node(text_of(name)));
    assert_int_equal(mode_of("a.node"), 0600);
    assert_int_equal(node_name_load(at("a.node"), again, &made, &said), HB_OK);
    assert_false(made);
    assert_string_equal(name, again);
    assert_int_equal(node_name_load(at("b.node"), again, &made, &said), HB_OK);
    assert_string_not_equal(name, again);
    make("c.node", "web_1\n", 0600);
    assert_int_equal(node_name_load(at("c.node"), name, &made, &said), HB_OK);
    assert_string_equal(name, "web_1");
}

static void a_file_that_holds_no_name_or_cannot_be_is_told_with_the_way_out(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "a b\n",
        "a.b",
        "\xC3\xA9",
        "a\nb\n",
        "name-of-33-bytes-0123456789abcdef",
        "name-of-100-bytes-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    char name[NODE_ID_BYTES_MAX + 1];
    bool made;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buf_clear(&said);
        make("bad.node", texts[i], 0600);
        assert_int_equal(node_name_load(at("bad.node"), name, &made, &said), HB_EDENIED);
        assert_non_null(strstr(said.bytes, "it is not one name"));
        assert_non_null(strstr(said.bytes, "give --node NAME"));
    }
    buf_clear(&said);
    assert_int_equal(node_name_load(at("none/a.node"), name, &made, &said), HB_EDENIED);
    assert_non_null(strstr(said.bytes, "give --node NAME, a name unlike any other node's"));
}

static void the_file_stands_beside_the_database_or_the_keys(void **state)
{
    static const char *const cases[][2] = {{"hubbub.db", "hubbub.node"},
                                           {"/a/x.keys", "/a/x.node"},
                                           {"data", "data.node"},
                                           {"keys.json", "keys.json.node"},
                                           {".db", ".db.node"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&said);
        node_name_path(cases[i][0], &said);
        assert_string_equal(said.bytes, cases[i][1]);
    }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_database_that_others_can_use_is_narrowed_with_all_its_files_and_told_of),
        TEST(one_of_another_user_is_refused),
        TEST(the_file_of_a_log_is_narrowed),
        TEST(a_name_is_drawn_once_for_its_place),
        TEST(a_file_that_holds_no_name_or_cannot_be_is_told_with_the_way_out),
        TEST(the_file_stands_beside_the_database_or_the_keys),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
