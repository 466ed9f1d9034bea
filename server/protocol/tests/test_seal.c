/* Seals: what was sealed is good for this name, field and payload, by any key that is held, and for nothing
 * else. */
#include "server/base/tests/test.h"
#include "server/protocol/seal.h"

#include <stdlib.h>

static const struct cursor_key keys[] = {{.id = 1, .bytes = {1}}, {.id = 250, .bytes = {2}}};

static struct text seal(const struct cursor_key *by, struct seal_place place, const char *payload,
                        char store[256])
{
    struct seals *seals = seals_new(by, 1, NULL);
    const size_t len = strlen(payload);

    seal_make(seals, place, text_of(payload), store);
    memcpy(store + SEAL_BYTES, payload, len + 1);
    seals_free(&seals);
    return (struct text){store, (uint32_t)(SEAL_BYTES + len)};
}

static enum seal_verdict check(const struct cursor_key *held, uint32_t held_len,
                               struct seal_place place, struct text sealed)
{
    struct seals *seals = seals_new(held, held_len, NULL);
    struct text payload = {NULL, 0};
    const enum seal_verdict verdict = seal_check(seals, place, sealed, &payload);

    assert_int_equal(payload.bytes != NULL, verdict == SEAL_GOOD);
    if (verdict == SEAL_GOOD) {
        assert_ptr_equal(payload.bytes, sealed.bytes + SEAL_BYTES);
        assert_int_equal(payload.len, sealed.len - SEAL_BYTES);
    }
    seals_free(&seals);
    return verdict;
}

static void what_a_held_key_sealed_is_good(void **state)
{
    const struct seal_place place = {TEXT("0000000000000007:room:r1"), {NULL, 0}};
    char store[256];

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct text sealed = seal(&keys[i], place, "4 {}", store);
        assert_int_equal(check(keys, 2, place, sealed), SEAL_GOOD);
        assert_int_equal(check(&keys[i], 1, place, sealed), SEAL_GOOD);
        assert_int_equal(check(&keys[1 - i], 1, place, sealed), SEAL_FOREIGN);
    }
    assert_int_equal(check(keys, 2, place, seal(&keys[0], place, "", store)), SEAL_GOOD);
}

static void another_key_of_the_same_id_is_not_held(void **state)
{
    const struct seal_place place = {TEXT("n"), {NULL, 0}};
    const struct cursor_key other = {.id = 1, .bytes = {7}};
    char store[256];

    (void)state;
    assert_int_equal(check(keys, 2, place, seal(&other, place, "4 {}", store)), SEAL_FORGED);
}

static void a_seal_holds_for_one_place_and_payload(void **state)
{
    const struct seal_place places[] = {
        {TEXT("i:room:r1"), {NULL, 0}}, {TEXT("i:room:r2"), {NULL, 0}},
        {TEXT("i:room:r"), {NULL, 0}},  {TEXT("j:room:r1"), {NULL, 0}},
        {TEXT("i:room:r"), TEXT("1")},  {TEXT("i:room:r1"), TEXT("f")},
        {TEXT("i:room:"), TEXT("r1")},
    };
    static const char *const payloads[] = {"4 {}", "5 {}", "4 {} ", "4 {", "", "14 {}", "f4 {}"};
    const size_t places_len = sizeof places / sizeof places[0];
    const size_t payloads_len = sizeof payloads / sizeof payloads[0];
    char store[256];

    (void)state;
    for (size_t p = 0; p < places_len; p++) {
        for (size_t t = 0; t < payloads_len; t++) {
            struct text sealed = seal(&keys[0], places[0], payloads[0], store);
            memcpy(store + SEAL_BYTES, payloads[t], strlen(payloads[t]) + 1);
            sealed.len = (uint32_t)(SEAL_BYTES + strlen(payloads[t]));
            assert_int_equal(check(keys, 2, places[p], sealed),
                             p == 0 && t == 0 ? SEAL_GOOD : SEAL_FORGED);
        }
    }
}

static void what_is_not_of_the_form_is_forged(void **state)
{
    const struct seal_place place = {TEXT("n"), {NULL, 0}};
    char store[256];
    const struct text sealed = seal(&keys[0], place, "4 {}", store);

    (void)state;
    for (uint32_t len = 0; len < SEAL_BYTES; len++) {
        assert_int_equal(check(keys, 2, place, (struct text){sealed.bytes, len}), SEAL_FORGED);
    }
    assert_int_equal(check(keys, 2, place, (struct text){NULL, 0}), SEAL_FORGED);
    for (int i = 0; i < SEAL_BYTES; i++) {
        static const char others[] = "gG/:`@ \0.";
        for (size_t o = 0; o < sizeof others - 1; o++) {
            const char was = store[i];
            store[i] = others[o];
            assert_int_equal(check(keys, 2, place, sealed) == SEAL_GOOD, others[o] == was);
            store[i] = was;
        }
    }
    assert_int_equal(check(keys, 2, place, sealed), SEAL_GOOD);
}

static void fingerprints_tell_keys_apart(void **state)
{
    const struct cursor_key renamed = {.id = 9, .bytes = {1}};

    (void)state;
    assert_true(seal_fingerprint(&keys[0]) > 0);
    assert_true(seal_fingerprint(&keys[0]) != seal_fingerprint(&keys[1]));
    assert_true(seal_fingerprint(&keys[0]) == seal_fingerprint(&renamed));
}

/* Nodes that share what they opened: `heard` has the same keys as `teller`. */
struct sharing {
    struct seal_memo *memo;
    struct seals *teller, *heard, *stranger;
};

static struct sharing sharing_new(void)
{
    static const struct cursor_key other = {.id = 1, .bytes = {7}};
    struct sharing sharing = {.memo = seal_memo_new()};

    sharing.teller = seals_new(keys, 2, sharing.memo);
    sharing.heard = seals_new(keys, 2, sharing.memo);
    sharing.stranger = seals_new(&other, 1, sharing.memo);
    return sharing;
}

static void sharing_free(struct sharing *sharing)
{
    seals_free(&sharing->teller);
    seals_free(&sharing->heard);
    seals_free(&sharing->stranger);
    seal_memo_free(&sharing->memo);
}

static void what_was_shared_is_opened_with_its_wire(void **state)
{
    const struct seal_place place = {TEXT("i:room:r1"), {NULL, 0}};
    struct sharing sharing = sharing_new();
    struct wire *wire = wire_new("{}", 2);
    char store[256];
    struct text payload;
    const struct text sealed = seal(&keys[0], place, "4 {}", store);

    (void)state;
    seal_share(sharing.teller, place, sealed, wire);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(seal_check(sharing.heard, place, sealed, &payload), SEAL_GOOD);
        assert_ptr_equal(payload.bytes, sealed.bytes + SEAL_BYTES);
        struct wire *same = seal_wire(sharing.heard, (struct text){payload.bytes + 2, 2});
        assert_ptr_equal(same, wire);
        wire_unref(&same);
    }
    wire_unref(&wire);
    sharing_free(&sharing);
}

static void what_one_opened_another_opens_with_the_same_wire(void **state)
{
    const struct seal_place place = {TEXT("i:room:r1"), {NULL, 0}};
    struct sharing sharing = sharing_new();
    char store[256];
    struct text payload;
    const struct text sealed = seal(&keys[1], place, "4 {}", store);

    (void)state;
    assert_int_equal(seal_check(sharing.teller, place, sealed, &payload), SEAL_GOOD);
    struct wire *first = seal_wire(sharing.teller, (struct text){payload.bytes + 2, 2});
    assert_int_equal(seal_check(sharing.heard, place, sealed, &payload), SEAL_GOOD);
    struct wire *second = seal_wire(sharing.heard, (struct text){payload.bytes + 2, 2});
    assert_ptr_equal(first, second);
    assert_memory_equal(first->bytes, "{}", 2);
    wire_unref(&first);
    wire_unref(&second);
    sharing_free(&sharing);
}

/* What is shared is found by its MAC: each change beside it must be found out by whoever opens it next. */
static void nothing_forged_is_opened_for_what_was_shared(void **state)
{
    const struct seal_place place = {TEXT("i:presence:p1"), TEXT("f1")};
    const struct seal_place others[] = {{TEXT("i:presence:p2"), TEXT("f1")},
                                        {TEXT("i:presence:p1"), TEXT("f2")},
                                        {TEXT("i:presence:p"), TEXT("1f1")},
                                        {TEXT("i:presence:p1f"), TEXT("1")},
                                        {TEXT("i:presence:p1"), {NULL, 0}}};
    struct sharing sharing = sharing_new();
    char store[256];
    struct text payload;
    const struct text sealed = seal(&keys[0], place, "4 {}", store);

    (void)state;
    seal_share(sharing.teller, place, sealed, NULL);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(seal_check(sharing.heard, others[i], sealed, &payload), SEAL_FORGED);
    }
    assert_int_equal(seal_check(sharing.stranger, place, sealed, &payload), SEAL_FORGED);
    for (uint32_t i = 0; i < sealed.len; i++) {
        store[i]++;
        assert_int_not_equal(seal_check(sharing.heard, place, sealed, &payload), SEAL_GOOD);
        store[i]--;
    }
    const struct text longer = {sealed.bytes, sealed.len + 1};
    const struct text shorter = {sealed.bytes, sealed.len - 1};
    assert_int_equal(seal_check(sharing.heard, place, longer, &payload), SEAL_FORGED);
    assert_int_equal(seal_check(sharing.heard, place, shorter, &payload), SEAL_FORGED);
    assert_int_equal(seal_check(sharing.heard, place, sealed, &payload), SEAL_GOOD);
    sharing_free(&sharing);
}

static void a_wire_is_of_the_frame_that_is_asked_for(void **state)
{
    const struct seal_place place = {TEXT("i:room:r1"), {NULL, 0}};
    struct sharing sharing = sharing_new();
    char store[256];
    struct text payload;

    (void)state;
    assert_int_equal(
        seal_check(sharing.heard, place, seal(&keys[0], place, "4 {}", store), &payload),
        SEAL_GOOD);
    struct wire *other = seal_wire(sharing.heard, TEXT("[]"));
    assert_memory_equal(other->bytes, "[]", 2);
    struct wire *longer = seal_wire(sharing.heard, (struct text){payload.bytes + 1, 3});
    assert_memory_equal(longer->bytes, " {}", 3);
    wire_unref(&other);
    wire_unref(&longer);
    sharing_free(&sharing);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_held_key_sealed_is_good),
        cmocka_unit_test(another_key_of_the_same_id_is_not_held),
        cmocka_unit_test(a_seal_holds_for_one_place_and_payload),
        cmocka_unit_test(what_is_not_of_the_form_is_forged),
        cmocka_unit_test(fingerprints_tell_keys_apart),
        cmocka_unit_test(what_was_shared_is_opened_with_its_wire),
        cmocka_unit_test(what_one_opened_another_opens_with_the_same_wire),
        cmocka_unit_test(nothing_forged_is_opened_for_what_was_shared),
        cmocka_unit_test(a_wire_is_of_the_frame_that_is_asked_for),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
