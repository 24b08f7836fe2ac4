// A plain C program that opens, reads and closes once in each sample the files of the root and of
// its children that procline reads with `--collect all`, and does nothing with them. procline holds
// `stat` and `statm` open; it reads `status` twice, that of all other processes, and the host's and
// the control groups' files too. A file that the kernel does not have is skipped.
//
//     read ROOT SAMPLES MICROSECONDS_BETWEEN
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const FILES[] = {
  "cgroup", "cmdline", "io", "limits", "numa_maps", "oom_score", "oom_score_adj", "schedstat",
  "smaps", "smaps_rollup", "stat", "statm", "status", "wchan",
};
static const char *const OF_MAIN_THREAD[] = {"io", "status"};
static const char *const DIRECTORIES[] = {"fd", "task"};

static char text[1 << 20];

static void check(const char *path) {
  if (errno == ENOENT) return;
  perror(path);
  exit(1);
}

static void read_whole(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return check(path);
  ssize_t got;
  while ((got = read(file, text, sizeof text)) > 0) continue;
  if (got < 0) check(path);
  close(file);
}

static void list(const char *path) {
  DIR *names = opendir(path);
  if (names == NULL) return check(path);
  while (readdir(names) != NULL) continue;
  closedir(names);
}

static void read_process(int pid) {
  char path[64];
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, FILES[i]);
    read_whole(path);
  }
  for (size_t i = 0; i < sizeof OF_MAIN_THREAD / sizeof *OF_MAIN_THREAD; i++) {
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", pid, pid, OF_MAIN_THREAD[i]);
    read_whole(path);
  }
  for (size_t i = 0; i < sizeof DIRECTORIES / sizeof *DIRECTORIES; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, DIRECTORIES[i]);
    list(path);
  }
  snprintf(path, sizeof path, "/proc/%d/cwd", pid);
  if (readlink(path, text, sizeof text) < 0) check(path);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int root = atoi(argv[1]), samples = atoi(argv[2]), pause = atoi(argv[3]);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", root, root);
  for (int i = 0; i < samples; i++) {
    if (i > 0) usleep(pause);
    read_process(root);
    FILE *children = fopen(path, "r");
    if (children == NULL) return 1;
    int child;
    while (fscanf(children, "%d", &child) == 1) read_process(child);
    fclose(children);
  }
}
