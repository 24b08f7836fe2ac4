import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { type ByteStream, LineOutput } from "../../src/cli/output.ts";
import { ConsumerGoneError, OutputError } from "../../src/cli/errors.ts";

/** What a write does: takes at most this many bytes, or fails. */
type Turn = number | Error;

/** A stream that does what the test says, write by write; after that it takes everything. */
class FakeStream implements ByteStream {
  readonly writes: number[] = [];
  readonly #turns: Turn[];
  readonly #onWrite: () => void;
  #bytes: number[] = [];

  constructor(turns: readonly Turn[] = [], onWrite: () => void = () => {}) {
    this.#turns = [...turns];
    this.#onWrite = onWrite;
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#onWrite();
    this.writes.push(bytes.length);
    const turn = this.#turns.shift() ?? bytes.length;
    if (turn instanceof Error) return Promise.reject(turn);
    const taken = Math.min(turn, bytes.length);
    this.#bytes = this.#bytes.concat(Array.from(bytes.subarray(0, taken)));
    return Promise.resolve(taken);
  }
}

function never(): AbortSignal {
  return new AbortController().signal;
}

function wouldBlock(): Error {
  return new Deno.errors.WouldBlock(
    "Resource temporarily unavailable (os error 11)",
  );
}

Deno.test("LineOutput.write() writes lines", async () => {
  const stream = new FakeStream();
  await new LineOutput(stream, never()).write(["a\nb\n"]);
  assertEquals([stream.text, stream.writes], ["a\nb\n", [4]]);
});

Deno.test("LineOutput.write() writes nothing for no lines", async () => {
  const stream = new FakeStream();
  await new LineOutput(stream, never()).write([""]);
  assertEquals(stream.writes, []);
});

Deno.test("LineOutput.write() goes on if a write was short", async () => {
  const stream = new FakeStream([1, 2, 0, 1]);
  await new LineOutput(stream, never()).write(["abc\ndef\n"]);
  assertEquals(stream.text, "abc\ndef\n");
  assertEquals(stream.writes, [8, 7, 5, 5, 4]);
});

Deno.test("LineOutput.write() may be cut within a character", async () => {
  const stream = new FakeStream([1, 1]);
  await new LineOutput(stream, never()).write(["日\n"]);
  assertEquals([stream.text, stream.writes], ["日\n", [4, 3, 2]]);
});

Deno.test("LineOutput.write() hands over 64 KiB at once", async () => {
  const stream = new FakeStream();
  const text = `${"x".repeat(100_000)}\n${"y".repeat(50_000)}\n`;
  await new LineOutput(stream, never()).write([text]);
  assertEquals(stream.text, text);
  assertEquals(stream.writes, [65536, 65536, 18930]);
});

Deno.test("LineOutput.write() hands over at once what single lines make together", async () => {
  const stream = new FakeStream();
  const lines = Array.from(
    { length: 3000 },
    (_, i) => `${"x".repeat(i % 50)}€\n`,
  );
  await new LineOutput(stream, never()).write(lines);
  // A line has 24.5 characters of one byte on average, one of three and a newline: 3,000 times 28.5
  // bytes. No character is split at 65,536.
  assertEquals(stream.text, lines.join(""));
  assertEquals(stream.writes.length, 2);
  assertEquals(stream.writes.reduce((sum, length) => sum + length), 85_500);
  assert(65_533 <= (stream.writes[0] ?? 0));
});

Deno.test("LineOutput.write() takes no more lines than it has room for", async () => {
  const asked: number[] = [];
  const stream = new FakeStream([], () => asked.push(at));
  let at = 0;
  function* lines(): Generator<string> {
    for (at = 0; at < 200; at++) yield `${"x".repeat(999)}\n`;
  }
  await new LineOutput(stream, never()).write(lines());
  // The lines come in texts of 17, which is more than 16 KiB. Four texts fill the 64 KiB. The last
  // time three texts and the remaining 13 lines do.
  assertEquals(asked, [67, 135, 200, 200]);
});

Deno.test("LineOutput.write() tries the rest again if the consumer is slow", async () => {
  const stream = new FakeStream([3, wouldBlock(), 2, wouldBlock()]);
  await new LineOutput(stream, never()).write(["abc\ndef\n"]);
  assertEquals(stream.text, "abc\ndef\n");
  assertEquals(stream.writes, [8, 5, 5, 3, 3]);
});

Deno.test("LineOutput.write() says that the consumer has gone", async () => {
  const stream = new FakeStream([
    new Deno.errors.BrokenPipe("Broken pipe (os error 32)"),
  ]);
  const error = await assertRejects(
    () => new LineOutput(stream, never()).write(["a\n"]),
    ConsumerGoneError,
  );
  assertEquals(error.message, "The consumer of the output has gone away");
  assertEquals(error.name, "ConsumerGoneError");
});

Deno.test("LineOutput.write() says that a terminal was closed", async () => {
  const stream = new FakeStream([new Error("Input/output error (os error 5)")]);
  await assertRejects(
    () => new LineOutput(stream, never()).write(["a\n"]),
    ConsumerGoneError,
  );
});

Deno.test("LineOutput.write() says that the disk is full", async () => {
  const stream = new FakeStream([
    2,
    new Error("No space left on device (os error 28)"),
  ]);
  const error = await assertRejects(
    () => new LineOutput(stream, never()).write(["abc\n"]),
    OutputError,
  );
  assertEquals(
    error.message,
    "Cannot write the output: No space left on device (os error 28)",
  );
  assertEquals(error.name, "OutputError");
  assertEquals(stream.text, "ab");
});

Deno.test("LineOutput.write() does not take os error 50 for a closed terminal", async () => {
  const stream = new FakeStream([new Error("Level 3 halted (os error 50)")]);
  await assertRejects(
    () => new LineOutput(stream, never()).write(["a\n"]),
    OutputError,
    "Cannot write the output: Level 3 halted (os error 50)",
  );
});

Deno.test("LineOutput.write() throws on what is not an error", async () => {
  const thrown = { odd: true };
  const stream: ByteStream = { write: () => Promise.reject(thrown) };
  const caught = await new LineOutput(stream, never()).write(["a\n"])
    .then(() => null, (error: unknown) => error);
  assertStrictEquals(caught, thrown);
});

Deno.test("LineOutput.write() begins no line once its signal is aborted", async () => {
  const stream = new FakeStream();
  await new LineOutput(stream, AbortSignal.abort()).write(["a\nb\n"]);
  assertEquals(stream.writes, []);
});

Deno.test("LineOutput.write() finishes the line that the signal comes in, and begins no other", async () => {
  const controller = new AbortController();
  const stream = new FakeStream([6], () => controller.abort());
  await new LineOutput(stream, controller.signal).write(["abc\ndef\nghi\n"]);
  assertEquals([stream.text, stream.writes], ["abc\ndef\n", [12, 2]]);
});

Deno.test("LineOutput.write() goes on with a line that is finished in short writes", async () => {
  const controller = new AbortController();
  const stream = new FakeStream(
    [5, 1, wouldBlock()],
    () => controller.abort(),
  );
  await new LineOutput(stream, controller.signal).write(["abc\ndef\nghi\n"]);
  assertEquals(stream.text, "abc\ndef\n");
  assertEquals(stream.writes, [12, 3, 2, 2]);
});

Deno.test("LineOutput.write() ends between two lines if the signal comes there", async () => {
  const controller = new AbortController();
  const stream = new FakeStream([4], () => controller.abort());
  await new LineOutput(stream, controller.signal).write(["abc\ndef\n"]);
  assertEquals([stream.text, stream.writes], ["abc\n", [8]]);
});

Deno.test("LineOutput.write() gives up a wait before the first line if the signal comes", async () => {
  const controller = new AbortController();
  const stream = new FakeStream([wouldBlock()], () => controller.abort());
  await new LineOutput(stream, controller.signal).write(["abc\n"]);
  assertEquals([stream.text, stream.writes], ["", [4]]);
});

Deno.test("LineOutput.writeLast() writes also if the signal is aborted", async () => {
  const stream = new FakeStream([1, wouldBlock()]);
  await new LineOutput(stream, AbortSignal.abort()).writeLast(["abc\ndef\n"]);
  assertEquals(stream.text, "abc\ndef\n");
});

Deno.test("LineOutput.writeLast() says that the consumer has gone", async () => {
  const stream = new FakeStream([new Deno.errors.BrokenPipe("gone")]);
  await assertRejects(
    () => new LineOutput(stream, never()).writeLast(["a\n"]),
    ConsumerGoneError,
  );
});

Deno.test("LineOutput.write() finishes a line that is longer than a write when the signal is aborted", async () => {
  const controller = new AbortController();
  const stream = new FakeStream([], () => controller.abort());
  const line = `${"x".repeat(150_000)}\n`;
  await new LineOutput(stream, controller.signal).write([line, "next\n"]);
  assertEquals(stream.text, line);
  assertEquals(stream.writes, [65_536, 65_536, 18_929]);
});

for (const [filled, character] of [[65535, "€"], [65534, "😀"]] as const) {
  Deno.test(`LineOutput.write() leaves a character to the next write that ${65536 - filled} bytes have no room for: ${character}`, async () => {
    const stream = new FakeStream();
    const lines = [`${"x".repeat(filled - 1)}\n`, `${character}\n`];
    await new LineOutput(stream, never()).write(lines);
    assertEquals(stream.text, lines.join(""));
    assertEquals(stream.writes, [
      filled,
      new TextEncoder().encode(`${character}\n`).length,
    ]);
  });
}
