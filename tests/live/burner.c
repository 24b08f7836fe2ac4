/* Uses CPU and memory in known amounts for the live tests. To burn MS is to use MS milliseconds of
 * CPU.
 *
 *   burner burn MS
 *       burns MS.
 *   burner subreaper N MS
 *       adopts orphans. Makes N double forks at once; the last process of each burns MS. Reaps all.
 *       Prints: used SECONDS, by getrusage(2), of itself and of all that it reaped.
 *   burner ignored N MS
 *       ignores SIGCHLD. N children burn MS each, one after the other.
 *       Prints: used SECONDS, by the clock of each process, its own included.
 *   burner daemon MS
 *       a double fork. Prints: ready MIDDLE LAST. After a line of input the middle ends; when it
 *       has been reaped, prints: orphan. After another line the last burns MS and prints:
 *       used SECONDS. All end with the input.
 *   burner detached
 *       a double fork whose middle ends at once. Prints: ready LAST. The last lives until it is
 *       killed.
 *   burner workers N MIB
 *       touches MIB of memory and forks N workers, which read it. Prints: ready. All end with the
 *       input.
 *   burner quiet MIB
 *       touches MIB of memory, starts 3 more threads, opens 5 more files and burns 50 ms. Prints:
 *       ready. Then keeps still, and ends with the input.
 *   burner busy
 *       burns until it is killed. Prints: ready.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double own_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void burn(long ms) {
  double end = own_seconds() + ms / 1e3;
  while (own_seconds() < end) {
  }
}

static double usage_seconds(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6 + usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
}

static void wait_for_all(void) {
  while (wait(NULL) > 0) {
  }
}

static void read_to_end(int fd) {
  char byte;
  while (read(fd, &byte, 1) > 0) {
  }
}

static void read_line(int fd) {
  char byte = 0;
  while (byte != '\n' && read(fd, &byte, 1) > 0) {
  }
}

/* Forks twice, so that the caller is not the parent: the process in between ends at once. */
static pid_t fork_twice(void) {
  int ids[2];
  if (pipe(ids) < 0) exit(2);
  pid_t middle = fork();
  if (middle == 0) {
    pid_t last = fork();
    if (last == 0) return 0;
    if (write(ids[1], &last, sizeof last) < 0) _exit(2);
    _exit(0);
  }
  waitpid(middle, NULL, 0);
  pid_t last;
  if (read(ids[0], &last, sizeof last) < 0) exit(2);
  return last;
}

static int subreaper(long n, long ms) {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (long i = 0; i < n; i++) {
    if (fork() == 0) {
      if (fork() == 0) burn(ms);
      _exit(0);
    }
  }
  wait_for_all();
  printf("used %f\n", usage_seconds(RUSAGE_SELF) + usage_seconds(RUSAGE_CHILDREN));
  return 0;
}

static int ignored(long n, long ms) {
  signal(SIGCHLD, SIG_IGN);
  int clocks[2];
  if (pipe(clocks) < 0) return 2;
  double sum = 0;
  for (long i = 0; i < n; i++) {
    if (fork() == 0) {
      burn(ms);
      double used = own_seconds();
      _exit(write(clocks[1], &used, sizeof used) < 0);
    }
    double used;
    if (read(clocks[0], &used, sizeof used) < 0) return 2;
    sum += used;
    wait_for_all();
  }
  printf("used %f\n", sum + own_seconds());
  return 0;
}

static int daemon_of(long ms) {
  int end_middle[2], begin[2];
  if (pipe(end_middle) < 0 || pipe(begin) < 0) return 2;
  pid_t middle = fork();
  if (middle == 0) {
    close(end_middle[1]);
    close(begin[1]);
    pid_t last = fork();
    if (last == 0) {
      close(end_middle[0]);
      char byte;
      if (read(begin[0], &byte, 1) != 1) _exit(0);
      burn(ms);
      printf("used %f\n", own_seconds());
      read_to_end(begin[0]);
      _exit(0);
    }
    printf("ready %d %d\n", getpid(), last);
    read_to_end(end_middle[0]);
    _exit(0);
  }
  close(end_middle[0]);
  close(begin[0]);
  read_line(0);
  close(end_middle[1]);
  waitpid(middle, NULL, 0);
  puts("orphan");
  read_line(0);
  if (write(begin[1], "b", 1) < 0) return 2;
  read_to_end(0);
  close(begin[1]);
  return 0;
}

static int detached(void) {
  pid_t last = fork_twice();
  if (last == 0) {
    for (;;) pause();
  }
  printf("ready %d\n", last);
  read_to_end(0);
  return 0;
}

static int workers(long n, long mib) {
  char *memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 2;
  memset(memory, 1, mib << 20);
  int ready[2];
  if (pipe(ready) < 0) return 2;
  long sum = 0;
  for (long i = 0; i < n; i++) {
    if (fork() == 0) {
      for (long at = 0; at < mib << 20; at += 4096) sum += memory[at];
      if (write(ready[1], "r", 1) < 0) _exit(2);
      read_to_end(0);
      _exit(sum == 0);
    }
  }
  char byte;
  for (long i = 0; i < n; i++) {
    if (read(ready[0], &byte, 1) != 1) return 2;
  }
  puts("ready");
  read_to_end(0);
  wait_for_all();
  return 0;
}

static void *rest(void *barrier) {
  pthread_barrier_wait(barrier);
  for (;;) pause();
  return NULL;
}

static int quiet(long mib) {
  char *memory = malloc(mib << 20);
  memset(memory, 1, mib << 20);
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, 4);
  pthread_t id;
  for (int i = 0; i < 3; i++) pthread_create(&id, NULL, rest, &barrier);
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 5; i++) {
    if (open("/dev/null", O_RDONLY) < 0) return 2;
  }
  burn(50);
  puts("ready");
  read_to_end(0);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  const char *mode = argv[1];
  long first = argc > 2 ? atol(argv[2]) : 0;
  long second = argc > 3 ? atol(argv[3]) : 0;
  if (strcmp(mode, "burn") == 0) {
    burn(first);
    return 0;
  }
  if (strcmp(mode, "subreaper") == 0) return subreaper(first, second);
  if (strcmp(mode, "ignored") == 0) return ignored(first, second);
  if (strcmp(mode, "daemon") == 0) return daemon_of(first);
  if (strcmp(mode, "detached") == 0) return detached();
  if (strcmp(mode, "workers") == 0) return workers(first, second);
  if (strcmp(mode, "quiet") == 0) return quiet(first);
  if (strcmp(mode, "busy") == 0) {
    puts("ready");
    for (;;) burn(1000);
  }
  return 2;
}
