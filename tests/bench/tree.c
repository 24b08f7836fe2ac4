// A tree of sleeping processes, with threads in its root:
//
//     tree PROCESSES THREADS
//
// Prints "ready" when every process runs its program. All end with the input.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *sleep_on(void *none) {
  for (;;) pause();
  return none;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int processes = atoi(argv[1]), threads = atoi(argv[2]);
  pid_t *children = calloc(processes, sizeof *children);
  int running[2];
  if (pipe2(running, O_CLOEXEC) < 0) return 1;
  for (int i = 1; i < processes; i++) {
    children[i] = fork();
    if (children[i] < 0) {
      perror("fork");
      break;
    }
    if (children[i] == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execlp("sleep", "sleep", "1000000", NULL);
      _exit(127);
    }
  }
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &small, sleep_on, NULL) != 0) return 1;
  }

  char byte;
  close(running[1]);
  while (read(running[0], &byte, 1) > 0) continue;
  puts("ready");
  fflush(stdout);
  while (read(0, &byte, 1) > 0) continue;
  for (int i = 1; i < processes; i++)
    if (children[i] > 0) kill(children[i], SIGKILL);
  while (wait(NULL) > 0) continue;
  return 0;
}
