/* Wires: shared, counted, decoded once. */
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"
#include "server/protocol/wire.h"

#include <string.h>

static void a_shared_wire_lives_until_its_last_reference(void **state)
{
    (void)state;
    struct wire *wire = wire_new("{\"type\":\"ping\"}", 15);
    struct wire *other = wire_ref(wire);

    assert_ptr_equal(wire, other);
    assert_int_equal(wire->refs, 2);
    wire_unref(&wire);
    assert_null(wire);
    assert_int_equal(other->refs, 1);
    assert_memory_equal(other->bytes, "{\"type\":\"ping\"}", 16); /* with a NUL behind */
    wire_unref(&other);
    wire_unref(&other); /* NULL is nothing */
}

static void a_digest_is_of_the_bytes_and_never_0(void **state)
{
    (void)state;
    struct wire *one = wire_new("{\"type\":\"ping\"}", 15);
    struct wire *same = wire_new("{\"type\":\"ping\"}", 15);
    struct wire *other = wire_new("{\"type\":\"pong\"}", 15);
    struct wire *empty = wire_new("", 0);

    assert_true(wire_digest(one) == wire_digest(same));
    assert_true(wire_digest(one) != wire_digest(other));
    assert_true(wire_digest(empty) != 0);
    wire_unref(&one);
    wire_unref(&same);
    wire_unref(&other);
    wire_unref(&empty);
}

static void a_wire_is_decoded_once(void **state)
{
    (void)state;
    const struct frame *first = NULL;
    const struct frame *second = NULL;
    struct wire *wire = wire_new("{\"type\":\"pong\"}", 15);

    assert_int_equal(wire_decode(wire, &first, NULL), HB_OK);
    assert_int_equal(first->type, FRAME_PONG);
    assert_int_equal(wire_decode(wire, &second, NULL), HB_OK);
    assert_ptr_equal(first, second);
    wire_unref(&wire);
}

static void a_failed_decoding_is_remembered_with_its_field(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"room_join\",\"roomId\":\"a:b\",\"clientId\":\"c\"}";
    struct wire *wire = wire_new(text, sizeof text - 1);
    for (int again = 0; again < 2; again++) {
        const struct frame *frame = NULL;
        const char *field = NULL;
        assert_int_equal(wire_decode(wire, &frame, &field), HB_EFIELD);
        assert_string_equal(field, "roomId");
        assert_null(frame);
    }
    wire_unref(&wire);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shared_wire_lives_until_its_last_reference),
        cmocka_unit_test(a_digest_is_of_the_bytes_and_never_0),
        cmocka_unit_test(a_wire_is_decoded_once),
        cmocka_unit_test(a_failed_decoding_is_remembered_with_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
