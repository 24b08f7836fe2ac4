/* Set-user-ID root: becomes root's altogether, waits for the end of its input, and exits with 7. */
#define _GNU_SOURCE
#include <unistd.h>

int main(void) {
  char byte;
  if (setresuid(0, 0, 0) != 0) return 1;
  while (read(0, &byte, 1) > 0) {}
  return 7;
}
