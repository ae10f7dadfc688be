// The system calls that rows of liteimg take, and nothing else: the floor of the benchmark. Usage: lite-rows rootimg <rows; a directory ends in /
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct directory { char *path; struct timespec time; int holds_rows; };
static struct directory *directories;
static size_t count;

static void fail(const char *what) { perror(what); exit(1); }

static void twin(const char *prefix, const char *path, const struct stat *own) {
    char name[8192];
    snprintf(name, sizeof name, "%s%s", prefix, path);
    if (mkdir(name, 0755) || lchown(name, own->st_uid, own->st_gid) || chmod(name, own->st_mode & 07777)) fail(name);
}

// The directories above a path get their twins; those of the row before are known.
static void parents(char *path, const char *before) {
    struct stat own;
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        int last = !strchr(slash + 1, '/');
        if (!strncmp(path, before, length + 1)) {
            for (size_t at = count; last && at-- > 0;) if (!strncmp(directories[at].path, path, length) && !directories[at].path[length]) { directories[at].holds_rows = 1; break; }
            continue;
        }
        *slash = 0;
        if (lstat(path, &own)) fail(path);
        twin(".default/", path, &own); twin(".statelite/tmpfs/", path, &own);
        directories = realloc(directories, (count + 1) * sizeof *directories);
        directories[count++] = (struct directory){strdup(path), own.st_mtim, last};
        *slash = '/';
    }
}

static void set_time(const char *prefix, const struct directory *directory) {
    char name[8192];
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, directory->time};
    snprintf(name, sizeof name, "%s%s", prefix, directory->path);
    if (utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW)) fail(name);
}

int main(int words, char **word) {
    char line[4096], before[4096] = "", kept[8192], inner[8192], up[4096], target[16384];
    struct stat found;
    if (words < 2 || chdir(word[1])) fail("chdir");
    mkdir(".default", 0755); mkdir(".statelite", 0755); mkdir(".statelite/tmpfs", 0755);
    while (fgets(line, sizeof line, stdin)) {
        char *path = line + 1;
        size_t length = strcspn(path, "\n");
        int directory = path[length - 1] == '/';
        path[length - (size_t)directory] = 0;
        if (lstat(path, &found)) fail(path);
        parents(path, before);
        strcpy(before, path);
        snprintf(kept, sizeof kept, ".default/%s", path); snprintf(inner, sizeof inner, ".statelite/tmpfs/%s", path);
        up[0] = 0;
        for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) strcat(up, "../");
        snprintf(target, sizeof target, "../../%s%s", up, kept);
        if (symlink(target, inner)) fail(inner);
        snprintf(target, sizeof target, "%s%s", up, inner);
        if (directory) {
            if (symlink(target, kept) || renameat2(AT_FDCWD, kept, AT_FDCWD, path, RENAME_EXCHANGE)) fail(kept);
        } else if (link(path, kept) || symlink(target, ".statelite/next") || rename(".statelite/next", path)) fail(path);
    }
    for (size_t at = 0; at < count; at++) {
        if (directories[at].holds_rows) set_time("", &directories[at]);
        set_time(".default/", &directories[at]); set_time(".statelite/tmpfs/", &directories[at]);
    }
    return 0;
}
