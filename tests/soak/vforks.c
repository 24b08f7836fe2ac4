/* Parents with much memory that start programs by vfork(2).
 *
 *   vforks PARENTS MIB
 *
 * Prints "ready" once each parent has touched so many MiB. Between vfork and exec a child has its
 * parent's memory, for 20 ms here. It ends with its input.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void be_parent(size_t bytes, int ready) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char *memory = malloc(bytes);
  if (memory == NULL) exit(1);
  memset(memory, 1, bytes);
  if (write(ready, "x", 1) != 1) exit(1);
  for (;;) {
    pid_t pid = vfork();
    if (pid == 0) {
      usleep(20000);
      execl("/bin/true", "true", NULL);
      _exit(127);
    }
    if (pid > 0) waitpid(pid, NULL, 0);
    usleep(10000);
  }
}

int main(int argc, char **argv) {
  int ready[2];
  char byte;
  if (argc != 3 || pipe(ready) != 0) return 2;
  int parents = atoi(argv[1]);
  for (int i = 0; i < parents; i++)
    if (fork() == 0) be_parent(atol(argv[2]) << 20, ready[1]);
  close(ready[1]);
  for (int i = 0; i < parents; i++)
    if (read(ready[0], &byte, 1) != 1) return 1;
  puts("ready");
  fflush(stdout);
  while (read(0, &byte, 1) > 0) continue;
  return 0;
}
