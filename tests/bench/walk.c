// A plain C program that samples a process tree, as a measure for the cost. It walks
// task/<tid>/children from the root, reads stat and the exe link of every process, and prints a
// line of JSON for each, with one write for a sample.
//
//     walk ROOT SAMPLES MICROSECONDS_BETWEEN
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char lines[8 << 20];
static size_t used;

static long read_whole(const char *path, char *text, size_t size) {
  int file = open(path, O_RDONLY);
  if (file < 0) return -1;
  size_t length = 0;
  long got;
  while ((got = read(file, text + length, size - 1 - length)) > 0) length += got;
  close(file);
  text[length] = 0;
  return length;
}

static int print_process(int pid) {
  char path[64], text[4096], exe[4096];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_whole(path, text, sizeof text) <= 0) return 0;
  char *after = strrchr(text, ')');
  if (after == NULL) return 0;
  *after = 0;
  char *comm = strchr(text, '(') + 1;
  char state;
  long ppid, user, kernel, threads, rss;
  unsigned long long start, vsize, limit;
  sscanf(after + 2,
         "%c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %*d %*d %*d %*d %ld %*d %llu %llu %ld %llu",
         &state, &ppid, &user, &kernel, &threads, &start, &vsize, &rss, &limit);
  snprintf(path, sizeof path, "/proc/%d/exe", pid);
  long length = readlink(path, exe, sizeof exe - 1);
  exe[length < 0 ? 0 : length] = 0;
  char *slash = strrchr(exe, '/');
  used += snprintf(lines + used, sizeof lines - used,
                   "{\"pid\":%d,\"ppid\":%ld,\"exe\":\"%s\",\"comm\":\"%s\",\"state\":\"%c\",\"num_threads\":%ld,"
                   "\"rss_bytes\":%ld,\"rsslim_bytes\":%llu,\"vsize_bytes\":%llu,\"user_ticks\":%ld,"
                   "\"kernel_ticks\":%ld,\"start_ticks\":%llu}\n",
                   pid, ppid, slash ? slash + 1 : exe, comm, state, threads, rss * 4096, limit, vsize, user, kernel,
                   start);
  return 1;
}

static void walk(int pid) {
  static char text[1 << 20];
  if (!print_process(pid)) return;
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (threads == NULL) return;
  struct dirent *thread;
  while ((thread = readdir(threads)) != NULL) {
    if (thread->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread->d_name);
    long length = read_whole(path, text, sizeof text);
    if (length <= 0) continue;
    int *children = malloc((length / 2 + 1) * sizeof *children), count = 0;
    for (char *next = text, *end; (children[count] = strtol(next, &end, 10)) > 0; next = end) count++;
    for (int i = 0; i < count; i++) walk(children[i]);
    free(children);
  }
  closedir(threads);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int root = atoi(argv[1]), samples = atoi(argv[2]);
  for (int i = 0; i < samples; i++) {
    if (i > 0) usleep(atoi(argv[3]));
    used = 0;
    walk(root);
    fwrite(lines, 1, used, stdout);
    fflush(stdout);
  }
}
