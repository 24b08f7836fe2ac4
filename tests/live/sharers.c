/* Processes that share their memory, and some that only look as if they did, for the live tests.
 * Each touches MIB of memory, prints "ready" with the ids of its children, and ends with its input.
 *
 *   sharers vfork MIB    a child of vfork(2) that has not run a program yet.
 *   sharers thread MIB   the same from another thread than the main one, which goes on.
 *   sharers nested MIB   a child of vfork(2) has one itself.
 *   sharers clone MIB    a child that shares the memory by clone(2), and does not hold up its parent.
 *   sharers fork MIB     four children of fork(2), copies that do nothing.
 *   sharers spawn MIB    runs true(1) again and again. It prints no ids, and how often at its end.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char stack[65536];

static void wait_for_end(void) {
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

/* Called where the memory is the parent's: it changes as little of it as it can. */
static void say_ready(long first, long second) {
  char text[64];
  int length = second == 0 ? snprintf(text, sizeof text, "ready %ld\n", first)
                           : snprintf(text, sizeof text, "ready %ld %ld\n", first, second);
  if (write(1, text, length) != length) _exit(1);
}

static int waiting_child(void *unused) {
  (void)unused;
  wait_for_end();
  _exit(0);
}

static void vfork_child(void) {
  if (vfork() == 0) {
    say_ready(getpid(), 0);
    wait_for_end();
    _exit(0);
  }
}

static void *vforking_thread(void *unused) {
  vfork_child();
  return unused;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t size = (size_t)atol(argv[2]) << 20;
  char *memory = malloc(size);
  memset(memory, 1, size);
  const char *how = argv[1];
  if (strcmp(how, "vfork") == 0) {
    vfork_child();
  } else if (strcmp(how, "thread") == 0) {
    pthread_t id;
    pthread_create(&id, NULL, vforking_thread, NULL);
    pthread_join(id, NULL);
  } else if (strcmp(how, "nested") == 0) {
    if (vfork() == 0) {
      pid_t first = getpid();
      if (vfork() == 0) {
        say_ready(first, getpid());
        wait_for_end();
        _exit(0);
      }
      _exit(0);
    }
  } else if (strcmp(how, "clone") == 0) {
    int pid = clone(waiting_child, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
    say_ready(pid, 0);
    waitpid(pid, NULL, 0);
  } else if (strcmp(how, "fork") == 0) {
    for (int i = 0; i < 4; i++) {
      if (fork() == 0) waiting_child(NULL);
    }
    say_ready(4, 0);
    while (wait(NULL) > 0) {
    }
  } else if (strcmp(how, "spawn") == 0) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    long count = 0;
    puts("ready");
    fflush(stdout);
    while (poll(&input, 1, 0) == 0) {
      pid_t pid;
      char *arguments[] = {"true", NULL};
      if (posix_spawnp(&pid, "true", NULL, NULL, arguments, environ) != 0) return 1;
      waitpid(pid, NULL, 0);
      count++;
    }
    printf("%ld\n", count);
  }
  return 0;
}
