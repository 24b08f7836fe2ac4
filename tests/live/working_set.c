/* Fills memory, and goes on using a part of it: working_set FILLED_MIB USED_MIB. Prints "ready" once
   the memory is filled. Each page is one of 4 KiB. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t filled = strtoul(argv[1], NULL, 10) << 20;
  size_t used = strtoul(argv[2], NULL, 10) << 20;
  char *memory = mmap(NULL, filled, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || used > filled) return 1;
  madvise(memory, filled, MADV_NOHUGEPAGE);
  memset(memory, 1, filled);
  puts("ready");
  fflush(stdout);
  for (;;) {
    for (size_t at = 0; at < used; at += 4096) memory[at]++;
    usleep(10000);
  }
}
