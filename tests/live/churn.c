/* A tree, and others beside it, whose processes come and go in every way.
 *
 *   churn PER_SECOND OUTSIDERS WAYS
 *
 * Starts sleeping outsiders, a root that starts so many tasks a second, and another such process
 * beside it; prints the id of the root. It ends with its input. Of the tasks most end at once, some
 * live a moment. WAYS are letters: what else some of them do, or what is done to their ids.
 *
 *   t  are threads
 *   o  leave a child behind
 *   e  run a program from a thread that is not the main one
 *   v  are children of vfork(2)
 *   n  are the first of a pid namespace, with a child
 *   c  choose their id, any that is free or that of an outsider that has ended (clone3(2))
 *   l  have an id that was set before, by ns_last_pid (pid_namespaces(7))
 *   r  are refused once they have an id
 *   h  choose the id of an outsider that has ended, at the time at which another is refused
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *ways;
static long pid_max;
/* The id of an outsider that has ended; 0 if there is none. */
static volatile pid_t *freed;

static long number_in(const char *path) {
  char text[32] = "";
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, text, sizeof text - 1) < 0) exit(1);
  close(fd);
  return atol(text);
}

static void set_last_pid(long pid) {
  char text[32];
  int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  snprintf(text, sizeof text, "%ld", pid);
  if (write(fd, text, strlen(text)) < 0) perror("ns_last_pid");
  close(fd);
}

static void *nothing(void *none) { return none; }

static void *run_sleep(void *none) {
  execlp("sleep", "sleep", "0.05", NULL);
  return none;
}

/* A process whose id was not given out in order says so. */
static void live_chosen(long most_ms) {
  prctl(PR_SET_NAME, "chosen");
  usleep((rand() % most_ms + 1) * 1000);
  _exit(0);
}

static void live_and_end(long most_ms) {
  usleep((rand() % most_ms + 1) * 1000);
  _exit(0);
}

/* A child by clone3(2) that has chosen its id; or has none of its kind. */
static pid_t start_with(pid_t pid, uint64_t flags) {
  struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
  if (pid > 0) {
    args.set_tid = (uintptr_t)&pid;
    args.set_tid_size = 1;
  }
  /* The kernel cannot write there, and finds that out once there is an id. */
  if (flags & CLONE_PIDFD) args.pidfd = 8;
  return syscall(SYS_clone3, &args, sizeof args);
}

static int does(char way, int kind, int in_thousand) {
  return strchr(ways, way) != NULL && kind < in_thousand;
}

static void start_one(void) {
  pthread_t thread;
  pid_t pid;
  if (does('t', rand() % 1000, 200)) {
    if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
    return;
  }
  if (does('n', rand() % 1000, 1)) {
    pid = start_with(0, CLONE_NEWPID);
    if (pid == 0) {
      if (fork() == 0) live_and_end(20);
      live_and_end(20);
    }
    return;
  }
  if (does('c', rand() % 1000, 4)) {
    pid_t chosen = 300 + rand() % (pid_max - 301);
    if (rand() % 2 && *freed > 0) {
      chosen = *freed;
      *freed = 0;
    }
    if (start_with(chosen, 0) == 0) live_chosen(100);
    return;
  }
  if (does('r', rand() % 1000, 4)) {
    start_with(0, CLONE_PIDFD);
    return;
  }
  if (does('h', rand() % 1000, 2) && *freed > 0) {
    pid = *freed;
    *freed = 0;
    if (start_with(pid, 0) == 0) live_chosen(3000);
    start_with(0, CLONE_PIDFD);
    return;
  }
  if (does('l', rand() % 1000, 1)) {
    long last = number_in("/proc/sys/kernel/ns_last_pid");
    long to = *freed > 0 && rand() % 2 ? *freed - 1 : last + rand() % 40 - 20;
    *freed = 0;
    if (to >= 300 && to < pid_max - 1) set_last_pid(to);
    if (fork() == 0) live_chosen(100);
    if (rand() % 2) set_last_pid(last);
    return;
  }
  if (does('v', rand() % 1000, 20)) {
    pid = vfork();
    if (pid == 0) {
      execlp("true", "true", NULL);
      _exit(1);
    }
    return;
  }
  pid = fork();
  if (pid != 0) return;
  srand(getpid() ^ time(NULL));
  if (does('o', rand() % 1000, 20)) {
    if (fork() == 0) live_and_end(100);
    _exit(0);
  }
  if (does('e', rand() % 1000, 5)) {
    if (pthread_create(&thread, NULL, run_sleep, NULL) == 0) pthread_join(thread, NULL);
    _exit(0);
  }
  if (rand() % 1000 < 50) live_and_end(100);
  _exit(0);
}

static void churn(long per_second, pid_t starter) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != starter) _exit(0);
  srand(getpid());
  for (long due = 0;;) {
    for (due += per_second; due > 0; due -= 500) start_one();
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
    usleep(2000);
  }
}

static pid_t start_outsider(pid_t starter) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != starter) _exit(0);
  for (;;) pause();
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  long per_second = atol(argv[1]), num_outsiders = atol(argv[2]);
  ways = argv[3];
  pid_max = number_in("/proc/sys/kernel/pid_max");
  freed = mmap(NULL, sizeof *freed, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (freed == MAP_FAILED) return 1;
  pid_t self = getpid(), *outsiders = calloc(num_outsiders, sizeof *outsiders);
  for (long i = 0; i < num_outsiders; i++) outsiders[i] = start_outsider(self);
  pid_t root = fork();
  if (root == 0) churn(per_second, self);
  pid_t beside = fork();
  if (beside == 0) churn(per_second, self);
  printf("%d\n", root);
  fflush(stdout);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  while (poll(&input, 1, 20) == 0) {
    long i = rand() % num_outsiders;
    kill(outsiders[i], SIGKILL);
    waitpid(outsiders[i], NULL, 0);
    *freed = outsiders[i];
    outsiders[i] = start_outsider(self);
  }
  kill(root, SIGKILL);
  kill(beside, SIGKILL);
  for (long i = 0; i < num_outsiders; i++) kill(outsiders[i], SIGKILL);
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  return 0;
}
