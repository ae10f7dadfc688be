// The system calls that a row of liteimg cannot do without, and nothing else: the floor of the benchmark. Usage: lite-rows rootimg <rows; a directory ends in /
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what) { perror(what); exit(1); }

// mkdir -p of the directories above a path, those made for the row before are known.
static void parents(const char *prefix, const char *path, const char *before) {
    char name[8192];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        if (!strncmp(path, before, length + 1)) continue;
        snprintf(name, sizeof name, "%s%.*s", prefix, (int)length, path);
        if (mkdir(name, 0755) && errno != EEXIST) fail(name);
    }
}

int main(int count, char **words) {
    char line[4096], before[4096] = "", kept[8192], inner[8192], up[4096], target[16384];
    struct stat found;
    if (count < 2 || chdir(words[1])) fail("chdir");
    mkdir(".default", 0755); mkdir(".statelite", 0755); mkdir(".statelite/tmpfs", 0755);
    while (fgets(line, sizeof line, stdin)) {
        char *path = line + 1;
        size_t length = strcspn(path, "\n");
        int directory = path[length - 1] == '/';
        path[length - (size_t)directory] = 0;
        if (lstat(path, &found)) fail(path);
        parents(".default/", path, before); parents(".statelite/tmpfs/", path, before);
        strcpy(before, path);
        snprintf(kept, sizeof kept, ".default/%s", path); snprintf(inner, sizeof inner, ".statelite/tmpfs/%s", path);
        up[0] = 0;
        for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) strcat(up, "../");
        snprintf(target, sizeof target, "../../%s%s", up, kept);
        if (symlink(target, inner)) fail(inner);
        snprintf(target, sizeof target, "%s%s", up, inner);
        if (symlink(target, ".statelite/next")) fail("next");
        if (directory ? rename(path, kept) : link(path, kept)) fail(kept);
        if (rename(".statelite/next", path)) fail(path);
    }
    return 0;
}
