/* A process tree at its worst.
 *
 *   churn CROWD
 *
 * Prints "ready BUSY STABLE STABLE STABLE": the pids of a process that uses half a core and of
 * three that do nothing. A line on its input makes it
 *   go     start hundreds of short-lived processes a second. They run another program, burn, become
 *          daemons by a double fork, have odd names, lose their main thread before others, or stay
 *          zombies for a while. Every ten seconds it also grows by CROWD sleeping processes, and
 *          shrinks again
 *   calm   end all of these. Prints "calm COUNT": how many it has started
 *   end    end the busy process. Prints "used SECONDS", by wait4(2)
 * It ends with its input, and with it all that it started: it adopts orphans
 * (PR_SET_CHILD_SUBREAPER).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STABLE = 3, TICK_MS = 2, REAP_MS = 200, CYCLE_MS = 10000, PER_TICK = 2 };

static const char *const odd_names[] = {"a\nb", ") R 1 1", "\033[31mred", "\377\376", "\"},{\"", "", "kworker/0:1", " ", "{}"};

static pid_t kept[STABLE + 1];
static long started;

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(long ms) { usleep(ms * 1000); }

static void burn_ms(long ms) {
  clock_t end = clock() + ms * (CLOCKS_PER_SEC / 1000);
  while (clock() < end) continue;
}

/* A child that ends with its parent. */
static pid_t start(void) {
  pid_t pid = fork();
  if (pid < 0) {
    perror("fork");
    return pid;
  }
  if (pid == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

static void take_odd_name(void) {
  prctl(PR_SET_NAME, odd_names[rand() % (sizeof odd_names / sizeof *odd_names)]);
}

static void *outlive(void *none) {
  sleep_ms(100);
  _exit(0);
  return none;
}

/* What a short-lived child does; it does not return. */
static void live_shortly(int how) {
  pthread_t thread;
  take_odd_name();
  switch (how) {
    case 0:
      execl("/bin/true", "true", NULL);
      break;
    case 1:
      burn_ms(1);
      break;
    case 2:
      if (fork() == 0) {
        setsid();
        take_odd_name();
        sleep_ms(20 + rand() % 200);
      }
      break;
    case 3:
      pthread_create(&thread, NULL, outlive, NULL);
      pthread_exit(NULL);
    case 4:
      execl("/bin/sh", "sh", "-c", "exec sleep 0.1", NULL);
      break;
    default:
      sleep_ms(rand() % 50);
  }
  _exit(0);
}

static int is_kept(pid_t pid) {
  for (int i = 0; i <= STABLE; i++)
    if (kept[i] == pid) return 1;
  return 0;
}

static void reap(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

/* Ends all children except those that are kept. Orphans are adopted, so that in the end none is
 * left. */
static void end_children(void) {
  static char text[1 << 20];
  for (;;) {
    FILE *file = fopen("/proc/thread-self/children", "r");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL) fclose(file);
    text[length] = 0;
    int others = 0;
    for (char *next = text, *word; (word = strsep(&next, " ")) != NULL;) {
      pid_t pid = atoi(word);
      if (pid <= 0 || is_kept(pid)) continue;
      kill(pid, SIGKILL);
      others++;
    }
    reap();
    if (others == 0) return;
    sleep_ms(5);
  }
}

static void churn(long since_ms, int crowd) {
  static int grown;
  long at = since_ms % CYCLE_MS;
  for (int i = 0; i < PER_TICK; i++) {
    int how = rand() % 6, seed = rand();
    if (start() == 0) {
      srand(seed);
      live_shortly(how);
    }
    started++;
  }
  /* Quiet for four seconds, then two to grow, two to stay, two to shrink. */
  int wanted = at < 4000 ? 0 : at < 6000 ? crowd * (at - 4000) / 2000 : at < 8000 ? crowd : crowd * (10000 - at) / 2000;
  static pid_t *pids;
  if (pids == NULL) pids = calloc(crowd + 1, sizeof *pids);
  for (; grown < wanted; grown++, started++) {
    pids[grown] = start();
    if (pids[grown] < 0) return;
    if (pids[grown] == 0)
      for (;;) pause();
  }
  while (grown > wanted) kill(pids[--grown], SIGKILL);
}

static void start_kept(void) {
  for (int i = 0; i <= STABLE; i++) {
    kept[i] = start();
    if (kept[i] == 0) {
      prctl(PR_SET_NAME, i == 0 ? "busy" : "stable");
      for (;;) {
        if (i > 0) pause();
        burn_ms(5);
        sleep_ms(5);
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int crowd = atoi(argv[1]), going = 0;
  char line[16];
  long began = 0, reaped = 0;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  start_kept();
  printf("ready");
  for (int i = 0; i <= STABLE; i++) printf(" %d", kept[i]);
  puts("");
  fflush(stdout);
  for (;;) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (poll(&input, 1, going ? TICK_MS : -1) > 0) {
      long length = read(0, line, sizeof line - 1);
      if (length <= 0) break;
      line[length] = 0;
      if (strcmp(line, "go\n") == 0) {
        going = 1;
        began = now_ms();
      } else if (strcmp(line, "calm\n") == 0) {
        going = 0;
        end_children();
        printf("calm %ld\n", started);
      } else if (strcmp(line, "end\n") == 0) {
        struct rusage used;
        kill(kept[0], SIGKILL);
        wait4(kept[0], NULL, 0, &used);
        printf("used %.6f\n", used.ru_utime.tv_sec + used.ru_stime.tv_sec +
                                  (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
      }
      fflush(stdout);
    }
    if (going) churn(now_ms() - began, crowd);
    if (now_ms() - reaped >= REAP_MS) {
      reaped = now_ms();
      reap();
    }
  }
  memset(kept, 0, sizeof kept);
  end_children();
  return 0;
}
