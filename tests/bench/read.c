// A plain C program that reads, and does nothing with, the files that procline reads with
// `--collect all` of each process of a tree of one generation: what the kernel alone takes.
//
//     read ROOT SAMPLES MICROSECONDS_BETWEEN
#define _GNU_SOURCE
#include <dirent.h>
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

static void read_whole(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  while (read(file, text, sizeof text) > 0) continue;
  close(file);
}

static void list(const char *path) {
  DIR *names = opendir(path);
  if (names == NULL) return;
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
  if (readlink(path, text, sizeof text) < 0) return;
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
