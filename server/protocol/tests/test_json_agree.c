/* The corpora of the fuzzers, and what we write ourselves, read by us and by cJSON. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"
#include "server/protocol/tests/json_agree.h"

#include <cJSON.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX 65536

static size_t file_read(const char *dir, const char *name, char *to)
{
    struct buf path = {0};
    buf_printf(&path, "%s/%s", dir, name);
    FILE *file = fopen(path.bytes, "rb");
    buf_deinit(&path);
    assert_non_null(file);
    const size_t len = fread(to, 1, FILE_BYTES_MAX, file);
    assert_true(fclose(file) == 0 && len < FILE_BYTES_MAX);
    return len;
}

/* What a frame is written as must be JSON to others, too. */
static void written_agrees(const char *bytes, size_t bytes_len)
{
    struct frame *frame = NULL;
    struct buf out = {0};
    if (frame_decode(bytes, bytes_len, &frame, NULL) != HB_OK) {
        return;
    }
    frame_encode(frame, &out);
    assert_true(json_agree(out.bytes, out.len));
    frame_free(&frame);
    buf_deinit(&out);
}

/* Files called bad-... are refused, the others are not. */
static int folder_agrees(const char *path, bool all_json)
{
    static char bytes[FILE_BYTES_MAX];
    int files = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *at = readdir(dir); at != NULL; at = readdir(dir)) {
        if (at->d_name[0] == '.') {
            continue;
        }
        const size_t len = file_read(path, at->d_name, bytes);
        const bool accepted = json_agree(bytes, len);
        if (accepted == (strncmp(at->d_name, "bad-", 4) == 0) && all_json) {
            fail_msg("%s/%s: accepted: %d", path, at->d_name, accepted);
        }
        written_agrees(bytes, len);
        files++;
    }
    closedir(dir);
    return files;
}

static void the_corpus_of_json_is_read_as_another_reads_it(void **state)
{
    (void)state;
    assert_true(folder_agrees("fixtures/protocol/json", true) >= 17);
}

static void frames_are_read_and_written_as_another_reads_them(void **state)
{
    (void)state;
    assert_true(folder_agrees("fixtures/protocol/corpus", false) >= 31);
}

static void each_text_is_written_as_another_reads_it(void **state)
{
    (void)state;
    for (uint32_t point = 1; point < 0x2100; point++) {
        char text[8] = {0};
        struct buf out = {0};
        uint32_t len = 0;
        if (point < 0x80) {
            text[len++] = (char)point;
        } else if (point < 0x800) {
            text[len++] = (char)(0xc0 | point >> 6);
            text[len++] = (char)(0x80 | (point & 0x3f));
        } else {
            text[len++] = (char)(0xe0 | point >> 12);
            text[len++] = (char)(0x80 | (point >> 6 & 0x3f));
            text[len++] = (char)(0x80 | (point & 0x3f));
        }
        buf_add_json(&out, text, len);
        assert_true(json_agree(out.bytes, out.len));
        cJSON *theirs = cJSON_Parse(out.bytes);
        assert_string_equal(cJSON_GetStringValue(theirs), text);
        cJSON_Delete(theirs);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corpus_of_json_is_read_as_another_reads_it),
        cmocka_unit_test(frames_are_read_and_written_as_another_reads_them),
        cmocka_unit_test(each_text_is_written_as_another_reads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
