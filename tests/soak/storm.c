/* Processes in a pid namespace of their own, whose ids go round and are taken over.
 *
 *   storm FORKS
 *
 * It is the first process of the namespace. Its children:
 *   the root      starts sleeping children, and ends the oldest of them. Prints the truth:
 *                   root PID          its id
 *                   start PID MICROS  a child exists since then at the latest (CLOCK_REALTIME)
 *                   end PID MICROS    a child exists until then at least
 *                   taken             a child has the id of an outsider that ended a moment ago
 *   the storm     starts FORKS processes and threads a second, which end at once
 *   outsiders     sleep. One whose id comes next is ended, and then the root starts children
 * Once all outsiders are there, the ids go on near their end, so that they soon go round.
 * It ends with its input.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTSIDERS = 400, CHILDREN = 120, BURST = 12, NEAR = 8, TICK_MS = 4, MOMENT_US = 100000 };
enum { MOST_PIDS = 1 << 22 };

static pid_t outsiders[OUTSIDERS];
/* When the outsider with an id was ended; all processes see it. */
static long long *ended_us;

static long long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* A child that ends with its parent and sleeps. */
static pid_t start(void) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

static void end(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static void *nothing(void *none) { return none; }

/* Starts tasks that end at once, so many a second. */
static void storm(long forks) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    for (long i = 0; i < forks / 100 + 1; i++) {
      pthread_t thread;
      if (i % 4 == 0) {
        if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
        continue;
      }
      pid_t pid = fork();
      if (pid == 0) _exit(0);
      if (pid > 0) waitpid(pid, NULL, 0);
    }
    usleep(10000);
  }
}

/* Starts so many children each time it is told to. */
static void be_root(int orders) {
  static pid_t children[CHILDREN];
  int oldest = 0, count;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  printf("root %d\n", getpid());
  while (read(orders, &count, sizeof count) == sizeof count) {
    for (int i = 0; i < count; i++) {
      pid_t *place = &children[oldest++ % CHILDREN];
      if (*place > 0) {
        printf("end %d %lld\n", *place, now_us());
        fflush(stdout);
        end(*place);
      }
      *place = start();
      if (*place < 0) continue;
      long long now = now_us();
      printf("start %d %lld\n", *place, now);
      if (now - ended_us[*place] < MOMENT_US) puts("taken");
      fflush(stdout);
    }
  }
  exit(0);
}

/* A number in a file; 0 if there is none. */
static long number_in(const char *path) {
  long number = 0;
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%ld", &number) != 1) number = 0;
  fclose(file);
  return number;
}

/* Goes on after an id. */
static void go_on_after(long pid) {
  FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "w");
  if (file == NULL) return;
  fprintf(file, "%ld", pid);
  fclose(file);
}

/* The id that was given out last. */
static pid_t last_pid(void) {
  static char text[128];
  FILE *file = fopen("/proc/loadavg", "r");
  size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
  if (file != NULL) fclose(file);
  text[length] = 0;
  char *last = strrchr(text, ' ');
  return last == NULL ? 0 : atoi(last);
}

/* Ends an outsider whose id is among the next ones; returns whether there was one. */
static int make_room(void) {
  pid_t last = last_pid();
  for (int i = 0; i < OUTSIDERS; i++) {
    pid_t pid = outsiders[i];
    if (pid <= last || pid > last + NEAR) continue;
    end(pid);
    ended_us[pid] = now_us();
    outsiders[i] = 0;
    return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  int orders[2], ticks = 0, is_full = 0;
  if (argc != 2 || pipe(orders) != 0) return 2;
  ended_us = mmap(NULL, MOST_PIDS * sizeof *ended_us, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (ended_us == MAP_FAILED) return 2;
  setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
  if (fork() == 0) {
    close(orders[1]);
    be_root(orders[0]);
  }
  close(orders[0]);
  /* Lower ids are given out once. */
  go_on_after(300);
  if (fork() == 0) storm(atol(argv[1]));
  for (;;) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (poll(&input, 1, TICK_MS) > 0) break;
    /* Else a child now and then. */
    int count = make_room() ? BURST : ++ticks % 10 == 0;
    if (count > 0 && write(orders[1], &count, sizeof count) != sizeof count) break;
    int young = 0;
    for (int i = 0; i < OUTSIDERS && young < 2; i++)
      if (outsiders[i] <= 0) {
        outsiders[i] = start();
        young++;
      }
    if (young == 0 && !is_full) {
      is_full = 1;
      go_on_after(number_in("/proc/sys/kernel/pid_max") - 200);
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
  return 0;
}
