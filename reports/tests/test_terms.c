/* One name for one thing, and times that people read. */
#include "reports/terms.h"
#include "server/base/tests/test.h"

static void sentences_of_the_judge_get_the_names_of_the_page(void **state)
{
    static const struct {
        const char *judged, *shown;
    } table[] = {
        {"seq 4 of room 4, committed at 8153724 us, was not shown within 1134502 us to device 22",
         "place 4 of room 4, committed at 8.153s, was not shown within 1.134 s to device 22"},
        {"users 3 and 4 write, as does user 5", "people 3 and 4 write, as does person 5"},
        {"its user's sequence 12", "its person's sequence 12"},
        {"whose status was so until 508000 us, after 195000 us more",
         "whose status was so until 0.508s, after 195 ms more"},
        {"nothing of the key of 1500000 us", "nothing of the key of 1.500s"},
        {"was seen last at 1767225661250 ms, after 12 ms",
         "was seen last at 00:01:01.250, after 12 ms"},
        {"stamped 019b76daec00-0007, not above", "stamped 00:00:17.408+7, not above"},
        {"with the stamp 019b76da92000007, and 12 usual ones",
         "with the stamp 019b76da92000007, and 12 usual ones"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf out = {0};
        buf_add_text(&out, "");
        terms_sentence(&out, table[i].judged);
        assert_string_equal(out.bytes, table[i].shown);
        buf_deinit(&out);
    }
}

static void spans_have_three_digits_or_so(void **state)
{
    static const struct {
        int64_t us;
        const char *shown;
    } table[] = {{0, "0 ms"},          {350, "350 us"},        {1000, "1 ms"},
                 {9999, "9999 us"},    {85499, "85 ms"},       {1134502, "1.134 s"},
                 {61250000, "61.2 s"}, {-7975000, "-7.975 s"}, {INT64_C(86400000000), "86400.0 s"}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct buf out = {0};
        terms_span(&out, table[i].us);
        assert_string_equal(out.bytes, table[i].shown);
        buf_deinit(&out);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_of_the_judge_get_the_names_of_the_page),
        cmocka_unit_test(spans_have_three_digits_or_so),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
