/** Processes whose names and arguments break readers. */

/** Some of them are too long for a `comm`, whose 15 bytes may then end within a character. */
export const HOSTILE_NAMES: readonly string[] = [
  `quote"single'back\`tick`,
  "new\nline\r\ttab",
  "backslash\\",
  "\x01\x1b[31m\x7fctl",
  "🙂🙂🙂🙂",
  "# EOF",
  "# TYPE up gauge",
  "comma,equal=a b",
  '{"kind":"tree"}',
  "null",
  " ",
  "$(id);%s%n",
  "x".repeat(250),
];

/** The bytes of a name that is no UTF-8, for printf(1). */
const NOT_UTF8 = "not\\377utf\\3008";

/** The longest argument: 3,996 bytes, most of which take six in JSON. */
export const LONG_ARGUMENT = `long "${"🙂\\\n".repeat(250)}${
  "\x01".repeat(2490)
}`;

/** Running processes. */
export interface HostileTree extends AsyncDisposable {
  /** The root, a shell, of which all are children. */
  readonly pid: number;
  /** How many processes there are, with the root. */
  readonly size: number;
}

/** Starts a process for each name, in a directory for their programs. */
export async function startHostileTree(
  directory: string,
): Promise<HostileTree> {
  const programs = await Deno.makeTempDir({ dir: directory });
  const paths: string[] = [];
  for (const name of HOSTILE_NAMES) {
    paths.push(`${programs}/${name}`);
    await Deno.copyFile("/bin/dash", `${programs}/${name}`);
  }
  // Each waits for the end of the input, of which it has no part: a named pipe that none writes to.
  const script = `
    cd "$1"; shift; long=$1; shift
    odd=$(printf '${NOT_UTF8}'); cp /bin/dash "$odd"
    mkfifo hold; exec 4<>hold
    for path in "$@" "./$odd"; do
      "$path" -c 'read line <&4' "\${path##*/}" '# EOF' "$odd" "$long" &
      pids="$pids $!"
    done
    echo "$#"
    read line
    kill $pids
    wait`;
  const child = new Deno.Command("/bin/dash", {
    args: ["-c", script, "sh", programs, LONG_ARGUMENT, ...paths],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const tree: HostileTree = {
    pid: child.pid,
    size: paths.length + 2,
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
    },
  };
  try {
    await hasStarted(tree);
    return tree;
  } catch (error) {
    await tree[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until each process runs its own program. */
async function hasStarted({ pid, size }: HostileTree): Promise<void> {
  const shell = await Deno.readLink(`/proc/${pid}/exe`);
  const deadline = performance.now() + 10_000;
  for (;;) {
    const children = await Deno.readTextFile(
      `/proc/${pid}/task/${pid}/children`,
    );
    const started = children.trim().split(" ").filter((child) => {
      try {
        return Deno.readLinkSync(`/proc/${child}/exe`) !== shell;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        // The name that is no UTF-8.
        if (error instanceof Deno.errors.InvalidData) return true;
        throw error;
      }
    });
    if (started.length === size - 1) return;
    if (performance.now() > deadline) {
      throw new Error(
        `${started.length} of ${size - 1} processes have started`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
