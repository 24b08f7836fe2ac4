/** Finds or installs the programs that procline is compared with. */

/** Whether a program is on the PATH. */
export function installed(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((directory) => {
    try {
      return Deno.statSync(`${directory}/${program}`).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}

/** A Python that has a module, Debian's first; null if there is none. */
export function pythonWith(module: string): string | null {
  return ["/usr/bin/python3", "python3"].find((python) =>
    succeeds([python, "-c", `import ${module}`])
  ) ?? null;
}

/**
 * Installs packages from the npm registry into a directory, and returns the path of their modules;
 * null if npm fails.
 */
export function installNpmPackages(
  directory: string,
  packages: readonly string[],
): string | null {
  return succeeds([
      ..."npm install --silent --no-save --prefix".split(" "),
      directory,
      ...packages,
    ])
    ? `${directory}/node_modules`
    : null;
}

function succeeds(argv: readonly string[]): boolean {
  try {
    const [program = "", ...args] = argv;
    return new Deno.Command(program, { args, stdin: "null" }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
