/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files: reading, writing and naming, in a folder of its own under the build folder.
 */
#include "base/files.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ident.h"
#include "tap.h"

static char root[4096]; /* the test's folder, resolved */

static bool write_text(const char *path, const char *text)
{
    struct error error = ERROR_INIT;
    bool is_written = file_write_atomic(path, text, strlen(text), 0600, &error);
    if (!is_written)
        diag("%s", error.message);
    return is_written;
}

static void is_content(const char *path, const char *expected, const char *name)
{
    AUTO_STRBUF content = STRBUF_INIT;
    struct error error = ERROR_INIT;
    bool is_read = file_read(path, 1000, &content, &error);
    is_str(is_read ? strbuf_text(&content) : error.message, expected, "%s", name);
}

static int entries(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count - 2;
}

static void test_content(void)
{
    struct stat status;
    ok(mkdir("content", 0700) == 0, "a folder for content");
    ok(write_text("content/a", "first"), "written");
    is_content("content/a", "first", "read");
    ok(stat("content/a", &status) == 0 && (status.st_mode & 0777) == 0600, "its mode");
    ok(write_text("content/a", "second"), "written over");
    is_content("content/a", "second", "read again");
    is_int(entries("content"), 1, "nothing else is left in the folder");
    ok(symlink("a", "content/link") == 0 && write_text("content/link", "third"), "through a link");
    is_content("content/a", "third", "the file behind the link is written");
    ok(lstat("content/link", &status) == 0 && S_ISLNK(status.st_mode), "the link is still one");
    struct error error = ERROR_INIT;
    ok(!file_write_atomic("content", "x", 1, 0600, &error), "a folder is not written over");
    ok(!file_write_atomic("none/x", "x", 1, 0600, &error), "no folder, no file");
    is_int(error.code, ERROR_NOT_FOUND, "which says so");
    is_int(entries("content"), 2, "failures leave nothing behind");
    ok(chmod("content/a", 0640) == 0 && write_text("content/a", "fourth"), "another mode");
    ok(stat("content/a", &status) == 0 && (status.st_mode & 0777) == 0640, "is kept");
}

/* A process that was killed between the two names of a new file leaves one that the next removes.
 */
static void test_left_behind(void)
{
    char hash[SHA256_HEX_SIZE];
    sha256_hex("a", 1, hash);
    AUTO_FREE char *left = xasprintf("left/.rscn-%.16s.tmp", hash);
    ok(mkdir("left", 0700) == 0 && write_text("left/a", "first") && write_text(left, "killed"),
       "what a killed process left");
    ok(write_text("left/a", "second"), "the next one writes");
    is_content("left/a", "second", "its own");
    is_int(entries("left"), 1, "and nothing else is left");
}

static void is_unreadable(const char *path, size_t max_bytes, enum error_code code,
                          const char *part)
{
    AUTO_STRBUF content = STRBUF_INIT;
    struct error error = ERROR_INIT;
    strbuf_add_text(&content, "before");
    ok(!file_read(path, max_bytes, &content, &error), "%s is not read", path);
    is_int(error.code, code, "code for %s", path);
    contains(error.message, part, "message for %s", path);
    is_str(content.text, "before", "the buffer is as before (%s)", path);
}

static void test_unreadable(void)
{
    write_text("big", "0123456789");
    AUTO_STRBUF content = STRBUF_INIT;
    ok(file_read("big", 10, &content, NULL), "as big as allowed is read");
    is_unreadable("big", 9, ERROR_INVALID, "more than 9 bytes");
    is_unreadable("none", 9, ERROR_NOT_FOUND, "none: ");
    is_unreadable(".", 9, ERROR_INVALID, "is a folder");
    is_unreadable("/dev/zero", 9, ERROR_INVALID, "is a device");
}

static void is_freed(char *got, const char *expected, const char *name)
{
    is_str(got, expected, "%s", name);
    free(got);
}

static void test_names(void)
{
    is_freed(path_join("a", "b"), "a/b", "join");
    is_freed(path_join("a/", "b"), "a/b", "join after a slash");
    is_freed(path_join("a", "/b"), "/b", "join an absolute name");
    is_freed(path_join("", "b"), "b", "join nothing");
    static const struct {
        const char *path, *directory, *base;
    } cases[] = {
        {"a/b", "a", "b"},  {"a", ".", "a"},        {"/a", "/", "a"}, {"/", "/", "/"},
        {"a/b/", "a", "b"}, {"//a//b", "//a", "b"}, {"", ".", "."},   {"/a/b/c", "/a/b", "c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        is_freed(path_directory(cases[i].path), cases[i].directory, cases[i].path);
        is_freed(path_base(cases[i].path), cases[i].base, cases[i].path);
    }
    is_freed(path_relative_inside("/a/b/c", "/a"), "b/c", "inside");
    is_freed(path_relative_inside("/ab/c", "/a"), "/ab/c", "a folder with the same begin");
    is_freed(path_relative_inside("/a", "/a"), ".", "the folder itself");
    is_freed(path_relative_inside("/a/b", "/"), "a/b", "inside the root");
    is_freed(path_relative_inside("/x", "/a"), "/x", "outside");
}

static void is_resolved(const char *path, const char *rest)
{
    AUTO_FREE char *resolved = path_resolve(path);
    AUTO_FREE char *expected = xasprintf("%s%s", root, rest);
    is_str(resolved, expected, "resolve %s", path);
}

static void test_resolve(void)
{
    struct error error = ERROR_INIT;
    ok(path_make_directories("r/deep/er", 0700, &error), "folders are made");
    ok(path_make_directories("r/deep/er/", 0700, &error), "and may be there already");
    ok(path_is_directory("r/deep/er") && path_exists("r"), "they are there");
    ok(!path_exists("r/none") && !path_is_directory("big"), "others are not");
    ok(!path_make_directories("big/x", 0700, &error), "a file is no folder");
    contains(error.message, "big", "which is named");
    bool is_linked = symlink("deep/er", "r/in") == 0 && symlink("deep/new", "r/dangling") == 0 &&
                     symlink("loop", "r/loop") == 0;
    ok(is_linked, "links");
    is_resolved(".", "");
    is_resolved("r/deep", "/r/deep");
    is_resolved("r//deep/./../deep/", "/r/deep");
    is_resolved("r/in", "/r/deep/er");
    is_resolved("r/in/../x", "/r/deep/x");
    is_resolved("r/in/none/file.db", "/r/deep/er/none/file.db");
    is_resolved("r/none/../other/./x", "/r/other/x");
    is_resolved("r/dangling", "/r/deep/new");
    is_resolved("r/dangling/more", "/r/deep/new/more");
    is_resolved("r/loop", "/r/loop");
    is_freed(path_resolve("/"), "/", "resolve the root");
    is_freed(path_resolve("/../none-such/.."), "/", "above the root is the root");
    is_freed(path_resolve("/none-such"), "/none-such", "missing in the root");
}

static void test_places(void)
{
    const char *name = NULL;
    ok(!path_is_on_network("/proc/none/such", &name) && !name, "/proc is no network");
    setenv("XDG_DATA_HOME", "/data", 1);
    is_freed(path_user_data(), "/data/rscn", "XDG_DATA_HOME");
    setenv("XDG_DATA_HOME", "relative", 1);
    setenv("HOME", "/home/someone", 1);
    is_freed(path_user_data(), "/home/someone/.local/share/rscn", "a relative one is ignored");
    unsetenv("XDG_DATA_HOME");
    is_freed(path_user_data(), "/home/someone/.local/share/rscn", "below the home");
    unsetenv("HOME");
    AUTO_FREE char *home = path_home();
    ok(!home || home[0] == '/', "J-242: a home without HOME is absolute or none");
}

static void remove_tree(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        AUTO_FREE char *inner = path_join(path, entry->d_name);
        if (entry->d_type == DT_DIR)
            remove_tree(inner);
        else
            unlink(inner);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

int main(void)
{
    ident_init();
    const char *parent = getenv("TMPDIR");
    AUTO_FREE char *template = path_join(parent && *parent ? parent : "/tmp", "rscn-files-XXXXXX");
    if (!mkdtemp(template) || chdir(template) != 0 || !getcwd(root, sizeof(root)))
        bail_out("no folder for the test");
    test_content();
    test_left_behind();
    test_unreadable();
    test_names();
    test_resolve();
    test_places();
    if (chdir("/") == 0)
        remove_tree(root);
    return done_testing();
}
