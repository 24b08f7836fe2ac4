/* Fills memory, and goes on using a part of it: working_set FILLED_MIB USED_MIB [huge]. Prints
   "ready" once the memory is filled. Its pages are small, or as large as they can be. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_BYTES ((size_t)2 << 20)

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  size_t filled = strtoul(argv[1], NULL, 10) << 20;
  size_t used = strtoul(argv[2], NULL, 10) << 20;
  char *memory = mmap(NULL, filled + HUGE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || used > filled) return 1;
  memory = (char *)(((uintptr_t)memory + HUGE_BYTES - 1) & ~(uintptr_t)(HUGE_BYTES - 1));
  madvise(memory, filled, argc > 3 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  memset(memory, 1, filled);
  puts("ready");
  fflush(stdout);
  for (;;) {
    for (size_t at = 0; at < used; at += 4096) memory[at]++;
    usleep(10000);
  }
}
