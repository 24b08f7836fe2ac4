// A process whose threads do as they are told, for the live tests of threads:
//   load            eight threads of known names and loads
//   names           threads with odd names
//   many N          N threads that sleep
//   exec SECONDS S  a thread that burns SECONDS, and runs a program at a line of input; the main
//                   thread has burnt S
//   leave           the main thread ends, another goes on
//   ended SECONDS   a thread that has burnt this much has ended
//   churn           threads that start, burn 5 ms and end, all the time
//   work PATH       eight threads; at a line of input one writes 1 MiB to PATH in 64 pieces, with
//                   naps between, and cuts it to the half, and one burns 0.3 s in batch. Prints:
//                   done
//   wait            one thread that sleeps
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void burn(double seconds) {
  double until = cpu_seconds() + seconds;
  while (cpu_seconds() < until) {
  }
}

static void wait_seconds(double seconds) {
  struct timespec left = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
}

struct work {
  const char *name;
  double share;
};

// Burns this share of a core, in tenths of a second; 0: sleeps.
static void *work(void *argument) {
  const struct work *work = argument;
  prctl(PR_SET_NAME, work->name);
  for (;;) {
    if (work->share > 0) {
      struct timespec from, to;
      clock_gettime(CLOCK_MONOTONIC, &from);
      burn(work->share / 10);
      clock_gettime(CLOCK_MONOTONIC, &to);
      double taken = to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9;
      if (taken < 0.1) wait_seconds(0.1 - taken);
    } else {
      pause();
    }
  }
  return NULL;
}

static void start(void *(*run)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  int error = pthread_create(&thread, &attributes, run, argument);
  if (error != 0) {
    fprintf(stderr, "pthread_create: %s\n", strerror(error));
    exit(1);
  }
  pthread_detach(thread);
}

static void await_line(void) {
  char line[16];
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
}

// Burns this much, and runs another program for each line on standard input.
static void *run_another(void *argument) {
  prctl(PR_SET_NAME, "worker");
  burn(atof(argument));
  puts("ready");
  fflush(stdout);
  await_line();
  execl("/proc/self/exe", "threads", "wait", (char *)NULL);
  perror("execl");
  exit(1);
}

static void *burn_and_end(void *argument) {
  burn(*(double *)argument);
  return NULL;
}

static sem_t begin_write, begin_burn, done;

static void *write_pieces(void *path) {
  prctl(PR_SET_NAME, "writer");
  static char piece[16 * 1024];
  sem_wait(&begin_write);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < 64; i++) {
    if (write(file, piece, sizeof piece) != sizeof piece) exit(1);
    wait_seconds(0.005);
  }
  if (ftruncate(file, 512 * 1024) != 0) exit(1);
  sem_post(&done);
  for (;;) pause();
  return NULL;
}

static void *burn_once(void *seconds) {
  prctl(PR_SET_NAME, "burner");
  struct sched_param priority = {0};
  sched_setscheduler(0, SCHED_BATCH, &priority);
  sem_wait(&begin_burn);
  burn(*(double *)seconds);
  sem_post(&done);
  for (;;) pause();
  return NULL;
}

// Says "done" once both have done their work.
static void work_once(void) {
  await_line();
  sem_post(&begin_write);
  sem_post(&begin_burn);
  sem_wait(&done);
  sem_wait(&done);
  puts("done");
  fflush(stdout);
}

int main(int count, char **arguments) {
  const char *mode = count > 1 ? arguments[1] : "";
  const char *value = count > 2 ? arguments[2] : "0";
  if (strcmp(mode, "load") == 0) {
    // The main thread is the eighth.
    static struct work all[] = {{"busy", 0.6}, {"half", 0.3}, {"tenth", 0.1},
                                {"sleep-1", 0}, {"sleep-2", 0}, {"sleep-3", 0},
                                {"sleep-4", 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) start(work, &all[i]);
  } else if (strcmp(mode, "names") == 0) {
    static struct work all[] = {{") R 1 (", 0}, {"a\nb", 0}, {"\xff\xfe x", 0}, {"", 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) start(work, &all[i]);
  } else if (strcmp(mode, "many") == 0) {
    static struct work idle = {"idle", 0};
    for (int i = atoi(value); i > 1; i--) start(work, &idle);
  } else if (strcmp(mode, "exec") == 0) {
    burn(count > 3 ? atof(arguments[3]) : 0);
    start(run_another, (void *)value);
    for (;;) pause();
  } else if (strcmp(mode, "leave") == 0) {
    static struct work busy = {"survivor", 0.3};
    start(work, &busy);
    puts("ready");
    fflush(stdout);
    pthread_exit(NULL);
  } else if (strcmp(mode, "ended") == 0) {
    // A thread that burns this much has ended before anything is said.
    double seconds = atof(value);
    pthread_t thread;
    pthread_create(&thread, NULL, burn_and_end, &seconds);
    pthread_join(thread, NULL);
  } else if (strcmp(mode, "churn") == 0) {
    puts("ready");
    fflush(stdout);
    double seconds = 0.005;
    for (;;) {
      pthread_t threads[4];
      for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, burn_and_end, &seconds);
      for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    }
  } else if (strcmp(mode, "work") == 0) {
    static double seconds = 0.3;
    static struct work all[] = {{"sleep-1", 0}, {"sleep-2", 0}, {"sleep-3", 0}, {"sleep-4", 0},
                                {"sleep-5", 0}};
    start(write_pieces, (void *)value);
    start(burn_once, &seconds);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) start(work, &all[i]);
  } else if (strcmp(mode, "wait") != 0) {
    fprintf(stderr, "threads: no mode %s\n", mode);
    return 2;
  }
  puts("ready");
  fflush(stdout);
  if (strcmp(mode, "work") == 0) work_once();
  for (;;) pause();
}
