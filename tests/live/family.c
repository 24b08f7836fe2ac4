/* A process of known shape for the live tests. It prints "ready" with what the test must know, and
 * ends with its input.
 *
 *   family threads N   has N threads besides the main one; the first of them forks a child.
 *                      Prints: ready CHILD TID...
 *   family memory MIB  touches MIB of memory and keeps still. Prints: ready
 *   family leader MIB  does the same, and its main thread ends while another lives on.
 *                      Prints: ready
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t barrier;
static pid_t child;
static pid_t tids[64];
static pthread_t main_thread;

static void wait_for_end(void) {
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
}

static void *thread(void *argument) {
  long index = (long)argument;
  tids[index] = gettid();
  if (index == 0) {
    child = fork();
    if (child == 0) {
      wait_for_end();
      _exit(0);
    }
  }
  pthread_barrier_wait(&barrier);
  pause();
  return NULL;
}

static void *survivor(void *argument) {
  pthread_join(main_thread, NULL);
  puts("ready");
  wait_for_end();
  exit(0);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  long number = atol(argv[2]);
  pthread_t id;
  if (strcmp(argv[1], "threads") == 0) {
    pthread_barrier_init(&barrier, NULL, number + 1);
    for (long i = 0; i < number; i++) {
      pthread_create(&id, NULL, thread, (void *)i);
    }
    pthread_barrier_wait(&barrier);
    printf("ready %d", child);
    for (long i = 0; i < number; i++) printf(" %d", tids[i]);
    puts("");
    wait_for_end();
    waitpid(child, NULL, 0);
    return 0;
  }
  char *memory = malloc(number << 20);
  memset(memory, 1, number << 20);
  if (strcmp(argv[1], "memory") == 0) {
    puts("ready");
    wait_for_end();
    return 0;
  }
  main_thread = pthread_self();
  pthread_create(&id, NULL, survivor, NULL);
  pthread_exit(NULL);
}
