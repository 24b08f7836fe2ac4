/** A build in C that is made up, and runs for real: many small files, and one that takes long. */
import { ensureDir } from "@std/fs";

/** What a made-up build is like. */
export interface BuildOptions {
  /** Small files. Each is a process of make's shell or gcc, of cc1 and of as. */
  readonly files: number;
  /** Functions in each of them: how long it takes. */
  readonly functions: number;
  /** Functions in the file that takes long. */
  readonly slowFunctions: number;
}

/**
 * Writes the sources and the Makefile of a build into a directory: `make -j2 -C DIRECTORY` builds
 * it. The slow file is compiled in the order of names, last.
 */
export async function writeBuild(
  directory: string,
  { files, functions, slowFunctions }: BuildOptions,
): Promise<void> {
  await ensureDir(directory);
  const write = async (name: string, text: string) =>
    await Deno.writeTextFile(`${directory}/${name}`, text);
  for (let file = 1; file <= files; file++) {
    await write(
      `part${String(file).padStart(3, "0")}.c`,
      `#include <math.h>\n${
        lines(functions, (i) =>
          `double part${file}_${i}(double x) { return sin(x) * cos(x + ${i}) + sqrt(x * ${i}); }`)
      }`,
    );
  }
  await write(
    "tables.c",
    `#include <math.h>\n${
      lines(slowFunctions, (i) =>
        `double table_${i}(double x, int n) { double s = 0; for (int i = 0; i < n; i++) { s += sin(x * i) * ${i}; if (s > ${i}) s -= cos(x) / (${i}. + i); else s *= 1.0000${i}; } return s; }`)
    }`,
  );
  await write("main.c", "int main(void) { return 0; }\n");
  await write(
    "Makefile",
    `OBJECTS := $(patsubst %.c,%.o,$(sort $(wildcard *.c)))
app: $(OBJECTS)
\tgcc -o $@ $^ -lm
%.o: %.c
\tgcc -O2 -c $<
tables.o: tables.c
\tgcc -O3 -c $<
`,
  );
}

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i + 1)}\n`).join("");
}
