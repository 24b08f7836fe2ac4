// Runs a command without its stdout, and prints the CPU seconds that it and all that it reaped have
// used, and the most memory that one of them had, as one line of JSON:
//
//     cost COMMAND [ARGUMENT...]
//
// SIGTERM is passed on to the command. Exits with 1 if the command fails, unless by that signal.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t child;

static void pass_on(int signal) { kill(child, signal); }

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_WRONLY), 1);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  signal(SIGTERM, pass_on);
  int status;
  struct rusage used;
  while (wait4(child, &status, 0, &used) < 0) continue;
  printf("{\"user\":%.6f,\"kernel\":%.6f,\"peak_kib\":%ld}\n", seconds(used.ru_utime),
         seconds(used.ru_stime), used.ru_maxrss);
  int terminated = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
  return terminated || (WIFEXITED(status) && WEXITSTATUS(status) == 0) ? 0 : 1;
}
