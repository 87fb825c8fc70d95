/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ident: order and form of the ids, known hashes.
 */
#include "base/ident.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "tap.h"

#define PER_THREAD 20000
#define THREADS 4

static void test_ulid(void)
{
    char previous[ULID_SIZE], next[ULID_SIZE];
    int unordered = 0;
    ulid_new(previous);
    is_int(strlen(previous), 26, "26 characters");
    is_int(strspn(previous, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26, "of Crockford's alphabet");
    for (int i = 0; i < 100000; i++) {
        ulid_new(next);
        if (strcmp(previous, next) >= 0)
            unordered++;
        memcpy(previous, next, sizeof(previous));
    }
    is_int(unordered, 0, "R-15: increasing, also within a millisecond");
}

static void *make_ulids(void *context)
{
    char(*ulids)[ULID_SIZE] = context;
    for (int i = 0; i < PER_THREAD; i++)
        ulid_new(ulids[i]);
    return NULL;
}

static int compare_ulids(const void *left, const void *right)
{
    return strcmp(left, right);
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    AUTO_FREE char *all = xcalloc(THREADS * PER_THREAD, ULID_SIZE);
    int unordered = 0, doubled = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, make_ulids, all + (size_t)i * PER_THREAD * ULID_SIZE);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < THREADS * PER_THREAD; i++) {
        if (i % PER_THREAD != 0 && strcmp(all + (i - 1) * ULID_SIZE, all + i * ULID_SIZE) >= 0)
            unordered++;
    }
    qsort(all, THREADS * PER_THREAD, ULID_SIZE, compare_ulids);
    for (int i = 1; i < THREADS * PER_THREAD; i++)
        doubled += strcmp(all + (i - 1) * ULID_SIZE, all + i * ULID_SIZE) == 0;
    is_int(unordered, 0, "each thread sees increasing ids");
    is_int(doubled, 0, "no id twice among threads");
}

static void test_fork(void)
{
    int ends[2];
    char first[ULID_SIZE], ours[ULID_SIZE], theirs[ULID_SIZE] = "";
    if (pipe(ends) != 0)
        bail_out("no pipe");
    ulid_new(first);
    pid_t child = fork();
    if (child == 0) {
        ulid_new(theirs);
        _exit(write(ends[1], theirs, ULID_SIZE) != ULID_SIZE);
    }
    ulid_new(ours);
    is_int(read(ends[0], theirs, ULID_SIZE), ULID_SIZE, "the child made one");
    waitpid(child, NULL, 0);
    ok(strcmp(ours + 10, theirs + 10) != 0, "a forked child does not repeat its parent's id");
    close(ends[0]);
    close(ends[1]);
}

static void test_hashes(void)
{
    char hex[SHA256_HEX_SIZE];
    unsigned char checksum[8];
    sha256_hex("", 0, hex);
    is_str(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "of nothing");
    sha256_hex("abc", 3, hex);
    is_str(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "of abc");
    damage_checksum("", 0, checksum);
    ok(memcmp(checksum, "\xd7\x00\x77\x73\x9d\x4b\x92\x1e", 8) == 0,
       "the checksum of nothing is the published one: files are read by later versions");
}

int main(void)
{
    ident_init();
    test_ulid();
    test_threads();
    test_fork();
    test_hashes();
    char uuid[UUID_SIZE], other[UUID_SIZE];
    uuid_new(uuid);
    uuid_new(other);
    is_int(strlen(uuid), 36, "length of a UUID");
    ok(uuid[8] == '-' && uuid[13] == '-' && uuid[18] == '-' && uuid[23] == '-', "its hyphens");
    ok(uuid[14] == '4' && strchr("89ab", uuid[19]), "version 4");
    ok(strcmp(uuid, other) != 0, "two differ");
    return done_testing();
}
