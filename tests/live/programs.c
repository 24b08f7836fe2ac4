/* Programs whose name or arguments are odd, for the live tests. Each ends with its input, and
 * prints "ready" before it waits.
 *
 *   programs wait ARG...    waits.
 *   programs title TITLE    writes TITLE over its arguments, and fills up the rest with NULs.
 *   programs memfd NAME     runs "programs wait" from a file in memory that is called NAME.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int wait_for_end(void) {
  char byte;
  if (write(1, "ready\n", 6) != 6) return 1;
  while (read(0, &byte, 1) > 0) {
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (strcmp(argv[1], "wait") == 0) return wait_for_end();
  if (argc != 3) return 2;
  if (strcmp(argv[1], "title") == 0) {
    char *last = argv[argc - 1];
    size_t room = last + strlen(last) + 1 - argv[0];
    char title[4096] = {0};
    strncpy(title, last, sizeof title - 1);
    memset(argv[0], 0, room);
    memcpy(argv[0], title, strlen(title));
    return wait_for_end();
  }
  int program = open("/proc/self/exe", O_RDONLY);
  struct stat status;
  if (program < 0 || fstat(program, &status) != 0) return 1;
  int memory = memfd_create(argv[2], MFD_CLOEXEC);
  if (sendfile(memory, program, NULL, status.st_size) != status.st_size) return 1;
  fexecve(memory, (char *[]){argv[0], "wait", NULL}, environ);
  return 1;
}
