/**
 * The functions of the C library that start a command, wait for children and ignore signals.
 *
 * `Deno.Command` cannot send standard output to standard error on every version that is promised,
 * passes an absolute path for the command's name, cannot pass arguments that are no UTF-8, and adds
 * to the environment what the runtime has put into its own. posix_spawn(3) passes on what it is
 * given, returns once the program runs, and says why if it does not.
 *
 * @module
 */

import { LIBRARY } from "../kernel/host_fs.ts";

/** How a process is started. */
export interface SpawnOptions {
  /** The file of the program. */
  readonly path: Uint8Array;
  /** The arguments, the name of the command first. */
  readonly argv: readonly Uint8Array[];
  /** The variables of its environment, `NAME=value` each. */
  readonly env: readonly Uint8Array[];
  /** Whether its standard output is our standard error; otherwise it is our standard output. */
  readonly stdoutToStderr: boolean;
  /** The numbers of the signals that it ignores, whatever this program does at them. */
  readonly ignoring: readonly number[];
}

/** What a program does at a signal: a `struct sigaction`, see sigaction(2). */
export type SignalAction = Uint8Array<ArrayBuffer>;

/** What became of a start. */
export interface Spawned {
  /** The process that runs; null if none does. */
  readonly pid: number | null;
  /** The number in errno(3) that says why none does; 0 if one does. */
  readonly errno: number;
}

/** What waitpid(2) says of a process that has ended. */
export interface WaitStatus {
  /** Its exit code; null if a signal ended it. */
  readonly code: number | null;
  /** The number of the signal that ended it; null if none did. */
  readonly signal: number | null;
}

const STDOUT = 1;
const STDERR = 2;
/** The runtime ignores it, and a program that is started would go on to. */
const SIGPIPE = 13;
const POSIX_SPAWN_SETSIGDEF = 4;
/** What stands for the function that ignores a signal, see signal(2). */
const SIG_IGN = 1n;
const P_PID = 1;
const WEXITED = 4;
/** The process stays a zombie, so that its id is not given to another one meanwhile. */
const WNOWAIT = 0x01000000;
const WNOHANG = 1;
const F_OK = 0;

/** Room for any of the structures of posix_spawn(3) and sigaction(2); the largest has 336 bytes. */
const STRUCTURE_BYTES = 1024;
/** A `sigset_t`. */
const SIGNAL_SET_BYTES = 128;
const POINTER_BYTES = 8;

/**
 * The C library.
 *
 * It is there wherever Deno runs, which is linked to it.
 */
export class CLibrary {
  readonly #library = openLibrary();

  /** Starts a process. It has standard input and standard error of this one. */
  spawn(options: SpawnOptions): Spawned {
    // What is ignored stays so in a new program; what is listened to does not.
    const before = options.ignoring
      .map((signal) => ({ signal, action: this.ignore(signal) }));
    try {
      return this.#spawn(options);
    } finally {
      for (const { signal, action } of before) this.setAction(signal, action);
    }
  }

  #spawn({ path, argv, env, stdoutToStderr }: SpawnOptions): Spawned {
    const {
      posix_spawn_file_actions_init,
      posix_spawn_file_actions_adddup2,
      posix_spawn_file_actions_destroy,
      posix_spawnattr_init,
      posix_spawnattr_setsigdefault,
      posix_spawnattr_setflags,
      posix_spawnattr_destroy,
      posix_spawn,
    } = this.#library.symbols;
    const actions = new Uint8Array(STRUCTURE_BYTES);
    const attributes = new Uint8Array(STRUCTURE_BYTES);
    const defaults = new Uint8Array(SIGNAL_SET_BYTES);
    defaults[(SIGPIPE - 1) >> 3] = 1 << ((SIGPIPE - 1) & 7);
    const pid = new Int32Array(1);
    posix_spawn_file_actions_init(actions);
    posix_spawnattr_init(attributes);
    try {
      if (stdoutToStderr) {
        posix_spawn_file_actions_adddup2(actions, STDERR, STDOUT);
      }
      posix_spawnattr_setsigdefault(attributes, defaults);
      posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
      const errno = posix_spawn(
        pid,
        terminated(path),
        actions,
        attributes,
        stringVector(argv),
        stringVector(env),
      );
      return { pid: errno === 0 ? pid[0] ?? null : null, errno };
    } finally {
      posix_spawn_file_actions_destroy(actions);
      posix_spawnattr_destroy(attributes);
    }
  }

  /**
   * Resolves once a child has ended, and reaps it then: until that its id is its own.
   *
   * Null if nobody can say how it ended, as something else has reaped it.
   *
   * @param onReaped Called before any other part of this program can use the id.
   */
  async waitForEnd(
    pid: number,
    onReaped: () => void,
  ): Promise<WaitStatus | null> {
    const { waitid, waitpid } = this.#library.symbols;
    const status = new Int32Array(1);
    for (;;) {
      // A thread waits, without memory of ours. A signal may interrupt it.
      await waitid(P_PID, pid, null, WEXITED | WNOWAIT);
      const reaped = waitpid(pid, status, WNOHANG);
      if (reaped === 0) continue;
      onReaped();
      return reaped === pid ? waitStatus(status[0] ?? 0) : null;
    }
  }

  /** Reaps a child, if it has ended; returns whether it had. */
  reap(pid: number): boolean {
    const status = new Int32Array(1);
    return this.#library.symbols.waitpid(pid, status, WNOHANG) === pid;
  }

  /**
   * Makes this process, and the programs that it starts, ignore a signal; returns what it did at it
   * before.
   */
  ignore(signal: number): SignalAction {
    const { sigaction } = this.#library.symbols;
    const before = new Uint8Array(STRUCTURE_BYTES);
    sigaction(signal, null, before);
    this.#library.symbols.signal(signal, SIG_IGN);
    return before;
  }

  /** Makes this process do at a signal what it did before. */
  setAction(signal: number, action: SignalAction): void {
    this.#library.symbols.sigaction(signal, action, null);
  }

  /** Whether there is a file of this name, behind any links. */
  exists(path: Uint8Array): boolean {
    return this.#library.symbols.access(terminated(path), F_OK) === 0;
  }

  /** What a number in errno(3) means, in the library's words. */
  describe(errno: number): string {
    const text = this.#library.symbols.strerror(errno);
    return text === null
      ? `error ${errno}`
      : Deno.UnsafePointerView.getCString(text);
  }

  /**
   * The variables of this process, with what the runtime has changed in them: environ(7). The
   * library's own `environ` is not the one that counts if the program has a copy: dlsym(3) knows.
   */
  environment(): Uint8Array[] {
    const name = terminated(new TextEncoder().encode("environ"));
    const environ = this.#library.symbols.dlsym(null, name);
    const variables: Uint8Array[] = [];
    const first = environ && new Deno.UnsafePointerView(environ).getPointer();
    if (first === null) return variables;
    const pointers = new Deno.UnsafePointerView(first);
    for (let at = 0;; at += POINTER_BYTES) {
      const text = pointers.getPointer(at);
      if (text === null) return variables;
      variables.push(bytesAt(new Deno.UnsafePointerView(text)));
    }
  }
}

function openLibrary() {
  return Deno.dlopen(
    LIBRARY,
    {
      posix_spawn_file_actions_init: {
        parameters: ["buffer"],
        result: "i32",
      },
      posix_spawn_file_actions_adddup2: {
        parameters: ["buffer", "i32", "i32"],
        result: "i32",
      },
      posix_spawn_file_actions_destroy: {
        parameters: ["buffer"],
        result: "i32",
      },
      posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
      posix_spawnattr_setsigdefault: {
        parameters: ["buffer", "buffer"],
        result: "i32",
      },
      posix_spawnattr_setflags: {
        parameters: ["buffer", "i16"],
        result: "i32",
      },
      posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
      posix_spawn: {
        parameters: [
          "buffer",
          "buffer",
          "buffer",
          "buffer",
          "buffer",
          "buffer",
        ],
        result: "i32",
      },
      waitid: {
        parameters: ["i32", "u32", "pointer", "i32"],
        result: "i32",
        nonblocking: true,
      },
      waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
      signal: { parameters: ["i32", "isize"], result: "isize" },
      sigaction: {
        parameters: ["i32", "buffer", "buffer"],
        result: "i32",
      },
      access: { parameters: ["buffer", "i32"], result: "i32" },
      dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
      strerror: { parameters: ["i32"], result: "pointer" },
    } as const,
  );
}

/** The parts of a status, see the macros in waitpid(2). */
function waitStatus(status: number): WaitStatus {
  const signal = status & 0x7f;
  return signal === 0
    ? { code: (status >> 8) & 0xff, signal: null }
    : { code: null, signal };
}

/**
 * The strings of C, and the pointers to them that end with a null: all in one block, so that it
 * lives as long as the call that takes it.
 */
function stringVector(texts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const headBytes = POINTER_BYTES * (texts.length + 1);
  const textBytes = texts.reduce((sum, { length }) => sum + length + 1, 0);
  const block = new Uint8Array(headBytes + textBytes);
  const pointers = new BigUint64Array(block.buffer, 0, texts.length + 1);
  const address = BigInt(
    Deno.UnsafePointer.value(Deno.UnsafePointer.of(block)),
  );
  let at = headBytes;
  texts.forEach((text, i) => {
    block.set(text, at);
    pointers[i] = address + BigInt(at);
    at += text.length + 1;
  });
  return block;
}

/** A copy of a string of C, without its end. */
function bytesAt(text: Deno.UnsafePointerView): Uint8Array {
  let length = 0;
  while (text.getUint8(length) !== 0) length++;
  const bytes = new Uint8Array(length);
  text.copyInto(bytes);
  return bytes;
}

function terminated(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length + 1);
  bytes.set(text);
  return bytes;
}
