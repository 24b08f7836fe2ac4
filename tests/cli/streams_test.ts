import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { type ByteStream, LineOutput } from "../../src/cli/output.ts";
import { countingStream, StderrWriter } from "../../src/cli/streams.ts";

/** The size of the line buffer of Rust's `std::io::stdout()`. */
const BUFFER_BYTES = 1024;
const NEWLINE = 10;

const decoder = new TextDecoder();

/**
 * `Deno.stdout` on a descriptor that does not block: Rust's LineWriter, with a flush after each
 * write. At each turn the consumer takes at most as many bytes as `room` returns; at 0 the write
 * fails with EAGAIN.
 */
class LineBuffered implements ByteStream {
  readonly #room: () => number;
  #buffer: number[] = [];
  /** What the consumer has received. */
  readonly got: number[] = [];
  /** How often the consumer took nothing. */
  refusals = 0;

  constructor(room: () => number) {
    this.#room = room;
  }

  // deno-lint-ignore require-await -- a rejected promise is what it is about.
  async write(bytes: Uint8Array): Promise<number> {
    const last = bytes.lastIndexOf(NEWLINE);
    let written: number;
    if (last < 0) {
      if (this.#buffer.at(-1) === NEWLINE) this.#flush();
      written = this.#fill(bytes);
    } else {
      const lines = bytes.subarray(0, last + 1);
      const flushed = this.#buffer.length === 0
        ? this.#send(lines)
        : this.#fill(lines);
      const tail = flushed > last
        ? bytes.subarray(flushed)
        : lines.subarray(flushed, flushed + BUFFER_BYTES);
      this.#buffer.push(...tail.subarray(0, BUFFER_BYTES));
      written = flushed + Math.min(tail.length, BUFFER_BYTES);
    }
    this.#flush();
    return written;
  }

  #fill(bytes: Uint8Array): number {
    if (this.#buffer.length + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length >= BUFFER_BYTES) return this.#send(bytes);
    this.#buffer.push(...bytes);
    return bytes.length;
  }

  #flush(): void {
    while (this.#buffer.length > 0) {
      const taken = this.#send(new Uint8Array(this.#buffer));
      this.#buffer = this.#buffer.slice(taken);
    }
  }

  #send(bytes: Uint8Array): number {
    const taken = Math.min(this.#room(), bytes.length);
    if (taken === 0) {
      this.refusals++;
      throw new Deno.errors.WouldBlock("EAGAIN");
    }
    this.got.push(...bytes.subarray(0, taken));
    return taken;
  }
}

/** A consumer that takes `bytes` in one of `turns` turns. */
function slowReader(bytes: number, turns: number): () => number {
  let turn = 0;
  return () => ++turn % turns === 0 ? bytes : 0;
}

/** Writes as LineOutput does: tries the rest again until nothing is left. */
async function writeAll(stream: ByteStream, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += await stream.write(bytes.subarray(written));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    }
  }
}

/** Lines of 1 to 5,000 bytes: one is empty, and one has characters of more than one byte. */
const LINES = [0, 1, 2, 600, 998, 999, 1000, 1001, 1023, 1024, 1025, 4999]
  .map((length) => `${"x".repeat(length)}\n`).join("") +
  `${"é€😀".repeat(300)}\nlast\n`;

for (const [bytes, turns] of [[1, 2], [7, 3], [999, 2], [5000, 2], [3, 1]]) {
  const name = `${bytes} bytes in each of ${turns} turns`;
  Deno.test(`countingStream() hands over each byte once to a consumer of ${name}`, async () => {
    const stdout = new LineBuffered(slowReader(bytes ?? 1, turns ?? 1));
    await writeAll(countingStream(stdout, () => true), LINES);
    assertEquals(textOf(stdout), LINES);
    assertEquals(stdout.refusals > 0, turns !== 1);
  });
}

Deno.test("a line buffer that is not asked line by line says EAGAIN of what it has handed over", async () => {
  const stdout = new LineBuffered(slowReader(999, 2));
  await stdout.write(new Uint8Array(0));
  assertEquals(stdout.got.length, 0);
  const bytes = new TextEncoder().encode(LINES);
  await assertRejects(() => stdout.write(bytes), Deno.errors.WouldBlock);
  await assertRejects(() => stdout.write(bytes), Deno.errors.WouldBlock);
  assertGreater(stdout.got.length, 0);
});

Deno.test("countingStream() hands all over at once while the stream blocks", async () => {
  const stdout = new LineBuffered(() => Infinity);
  const bytes = new TextEncoder().encode(LINES);
  assertEquals(
    await countingStream(stdout, () => false).write(bytes),
    bytes.length,
  );
  assertEquals(textOf(stdout), LINES);
});

Deno.test("countingStream() finishes what the buffer holds before a stream that blocks again gets the rest", async () => {
  let isNonBlocking = true;
  let room = 0;
  const stdout = new LineBuffered(() => room);
  const stream = countingStream(stdout, () => isNonBlocking);
  const bytes = new TextEncoder().encode("one\ntwo\n");
  assertEquals(await stream.write(bytes), "one".length);
  const rest = bytes.subarray("one".length);
  await assertRejects(() => stream.write(rest), Deno.errors.WouldBlock);
  assertEquals(textOf(stdout), "");
  room = Infinity;
  isNonBlocking = false;
  assertEquals(await stream.write(rest), rest.length);
  assertEquals(textOf(stdout), "one\ntwo\n");
});

Deno.test("countingStream() lets a line be finished that was begun while the consumer took nothing, though the run ends then", async () => {
  const aborted = new AbortController();
  let refusals = 0;
  const stdout = new LineBuffered(() => {
    if (refusals++ === 0) aborted.abort();
    return refusals < 5 ? 0 : Infinity;
  });
  const output = new LineOutput(
    countingStream(stdout, () => true),
    aborted.signal,
  );
  await output.write(["one\n", "two\n"]);
  await output.writeLast(["end\n"]);
  assertEquals(textOf(stdout), "one\nend\n");
});

Deno.test("countingStream() throws on what is not EAGAIN, and goes on where it was", async () => {
  const failure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  const stream = countingStream(
    { write: () => Promise.reject(failure) },
    () => true,
  );
  for (const text of ["a", "\n"]) {
    const caught = await writeAll(stream, text).then(() => null, (e) => e);
    assertEquals(caught, failure);
  }
});

function textOf({ got }: LineBuffered): string {
  return new TextDecoder().decode(new Uint8Array(got));
}

Deno.test("StderrWriter writes sentences in their order, also if a write is short", async () => {
  let said = "";
  const sentences = new StderrWriter({
    write(bytes) {
      const part = bytes.subarray(0, 7);
      said += decoder.decode(part);
      return Promise.resolve(part.length);
    },
  });
  sentences.warn("The first sentence");
  sentences.warn("The second");
  await sentences.flush();
  assertEquals(said, "procline: The first sentence\nprocline: The second\n");
});

Deno.test("StderrWriter gives up if the stream fails", async () => {
  let writes = 0;
  const sentences = new StderrWriter({
    write() {
      writes++;
      return Promise.reject(new Error("No space left on device"));
    },
  });
  for (let i = 0; i < 3; i++) sentences.warn("Nobody hears this");
  await sentences.flush();
  assertEquals(writes, 1);
});

Deno.test("StderrWriter neither piles up sentences nor holds up the end if the stream is stuck", async () => {
  let writes = 0;
  const sentences = new StderrWriter({
    write() {
      writes++;
      return new Promise<number>(() => {});
    },
  });
  for (let i = 0; i < 1000; i++) sentences.warn("Nobody takes this");
  const before = performance.now();
  await sentences.flush();
  assertEquals(writes, 1);
  assertEquals(performance.now() - before < 5000, true);
});

Deno.test("StderrWriter.hold() keeps sentences back until it is told to go on", async () => {
  const got: string[] = [];
  const sentences = new StderrWriter({
    write(bytes) {
      got.push(decoder.decode(bytes));
      return Promise.resolve(bytes.length);
    },
  });
  sentences.warn("before");
  const release = sentences.hold();
  sentences.warn("first");
  sentences.warn("second");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(got, ["procline: before\n"]);
  release();
  await sentences.flush();
  assertEquals(got.slice(1), ["procline: first\n", "procline: second\n"]);
});
