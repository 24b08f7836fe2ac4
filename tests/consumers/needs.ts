/**
 * Where the programs and modules that consumers need come from: Debian, npm, PyPI, Go.
 *
 * What is fetched is unpacked into `~/.cache/procline/consumers`, and not installed: no daemon
 * starts, and the host stays as it was.
 */
import { ensureDir, existsSync } from "@std/fs";
import type { Need } from "./consumer.ts";

/** Where what was fetched stands. */
export const FETCHED = `${
  Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`
}/procline/consumers`;

/** The root of unpacked Debian packages. */
const DEBIAN = `${FETCHED}/debian`;

/** Packages that are for the looks of web pages; programs run without them. */
const NOT_NEEDED = /^(?:libjs|fonts)-/;

/** Where Debian's Python modules stand, below a root. */
const DEBIAN_MODULES = "usr/lib/python3/dist-packages";

/** What a program that was fetched needs in its environment. */
export function environmentOf(path: string): Record<string, string> {
  const environment: Record<string, string> = {};
  if (path.startsWith(`${DEBIAN}/`)) {
    const triple = `${Deno.build.arch}-linux-gnu`;
    const directories = ["usr/lib", "lib"].flatMap((directory) => [
      `${DEBIAN}/${directory}/${triple}`,
      `${DEBIAN}/${directory}`,
    ]);
    environment.LD_LIBRARY_PATH = directories.join(":");
    if (path.endsWith(DEBIAN_MODULES)) environment.PYTHONPATH = path;
  } else if (path.startsWith(`${FETCHED}/pypi/`)) {
    environment.PYTHONPATH = path;
  } else if (path.startsWith(`${FETCHED}/npm/`)) {
    environment.NODE_PATH = path;
  }
  return environment;
}

/** A program, from Debian's packages. */
export function program(name: string, packages: readonly string[]): Need {
  return {
    name,
    hint: `apt-get install ${packages.join(" ")}`,
    find: () => Promise.resolve(findProgram(name)),
    fetch: () => fetchDebian(packages),
  };
}

/** A module of Debian's own Python, /usr/bin/python3; its path is a directory of modules. */
export function debianModule(
  name: string,
  packages: readonly string[],
): Need {
  return {
    name,
    hint: `apt-get install ${packages.join(" ")}`,
    find: async () =>
      await findModule("/usr/bin/python3", name, [
        `/${DEBIAN_MODULES}`,
        `${DEBIAN}/${DEBIAN_MODULES}`,
      ]),
    fetch: () => fetchDebian(packages),
  };
}

/** A Python module of PyPI, `NAME==VERSION`; its path is a directory of modules. */
export function pypiModule(name: string, requirement: string): Need {
  const directory = `${FETCHED}/pypi/${requirement}`;
  return {
    name,
    hint: `pip install ${requirement}`,
    find: async () => await findModule("python3", name, [directory]),
    fetch: async () => {
      await succeed(
        `python3 -m pip install --quiet --no-input --target`.split(" ").concat(
          directory,
          requirement,
        ),
      );
    },
  };
}

/** An npm package, `NAME@VERSION`; its path is the directory node_modules. */
export function npmPackage(specifier: string): Need {
  const directory = `${FETCHED}/npm/${specifier}`;
  const name = specifier.slice(0, specifier.lastIndexOf("@"));
  const modules = `${directory}/node_modules`;
  return {
    name: specifier,
    hint: `npm install ${specifier}`,
    find: () =>
      Promise.resolve(existsSync(`${modules}/${name}`) ? modules : null),
    fetch: async () => {
      await ensureDir(directory);
      await succeed([
        ..."npm install --silent --no-save --no-audit --no-fund --prefix".split(
          " ",
        ),
        directory,
        specifier,
      ]);
    },
  };
}

/** A program of a Go module, as `go install` takes it: `PATH@VERSION`. */
export function goProgram(name: string, specifier: string): Need {
  const directory = `${FETCHED}/go/${specifier.replaceAll("/", "_")}`;
  const path = `${directory}/${name}`;
  return {
    name,
    hint: `go install ${specifier}`,
    find: () => Promise.resolve(existsSync(path) ? path : null),
    fetch: async () => {
      await succeed(["go", "install", specifier], { GOBIN: directory });
    },
  };
}

/** Go's toolchain, of this version or a newer one: `1.26`. Debian 12 has 1.19. */
export function goToolchain(version: string): Need {
  return {
    name: "go",
    hint: `Go ${version} of https://go.dev/dl`,
    find: async () => {
      const path = findProgram("go") ?? "/usr/local/go/bin/go";
      const { text } = await output([path, "env", "GOVERSION"]);
      const [, found = "0"] = /^go1\.(\d+)/.exec(text) ?? [];
      return Number(found) >= Number(version.split(".")[1]) ? path : null;
    },
    fetch: () => {
      throw new Error(`Cannot fetch Go ${version}: no registry has it`);
    },
  };
}

function findProgram(name: string): string | null {
  const directories = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    "/usr/sbin",
    "/sbin",
    `${DEBIAN}/usr/bin`,
    `${DEBIAN}/usr/sbin`,
  ];
  return directories.map((directory) => `${directory}/${name}`)
    .find((path) => existsSync(path)) ?? null;
}

async function findModule(
  python: string,
  name: string,
  directories: readonly string[],
): Promise<string | null> {
  for (const directory of directories) {
    const { code } = await output(
      [python, "-c", `import ${name}`],
      environmentOf(directory),
    );
    if (code === 0) return directory;
  }
  return null;
}

/** Unpacks packages, and those that they depend on and that are not installed. */
async function fetchDebian(packages: readonly string[]): Promise<void> {
  const archives = await Deno.makeTempDir({ prefix: "procline_debian_" });
  try {
    const wanted = await missingPackages(packages);
    await ensureDir(DEBIAN);
    await Deno.chmod(archives, 0o777);
    if (wanted.length > 0) {
      await succeed(["apt-get", "-qq", "download", ...wanted], {}, archives);
    }
    for await (const { name } of Deno.readDir(archives)) {
      await succeed(["dpkg-deb", "-x", `${archives}/${name}`, DEBIAN]);
    }
  } finally {
    await Deno.remove(archives, { recursive: true });
  }
}

/** As apt would install them. Asks for the list of packages if apt does not know them. */
async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const simulation = [
    ..."apt-get -s install --no-install-recommends".split(" "),
    ...packages,
  ];
  let simulated = await output(simulation);
  if (simulated.code !== 0) {
    const sudo = Deno.uid() === 0 ? [] : ["sudo", "-n"];
    await succeed([...sudo, "apt-get", "-qq", "update"]);
    simulated = await output(simulation);
  }
  if (simulated.code !== 0) {
    throw new Error(
      `Cannot find ${packages.join(" ")} in Debian: ${simulated.text}`,
    );
  }
  return [...simulated.text.matchAll(/^Inst (\S+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => !NOT_NEEDED.test(name));
}

async function succeed(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = FETCHED,
): Promise<void> {
  const { code, text } = await output(argv, env, cwd);
  if (code !== 0) {
    throw new Error(`Cannot run ${argv.join(" ")}: exit code ${code}\n${text}`);
  }
}

async function output(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = FETCHED,
): Promise<{ readonly code: number; readonly text: string }> {
  const [name = "", ...args] = argv;
  await ensureDir(FETCHED);
  try {
    const { code, stdout, stderr } = await new Deno.Command(name, {
      args,
      env: { ...env },
      cwd,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { code: 127, text: `${name} not found` };
    }
    throw error;
  }
}
