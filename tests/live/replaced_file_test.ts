import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FileError, UsageError } from "../../src/cli/errors.ts";
import { ReplacedFile } from "../../src/cli/replaced_file.ts";
import { TemporaryDirectory } from "../support/procline.ts";

/** A directory, and the file `x.prom` that is to be there. */
class Place extends TemporaryDirectory {
  readonly target = `${this.path}/x.prom`;

  read(): string {
    return Deno.readTextFileSync(this.target);
  }

  names(): string[] {
    return Array.from(Deno.readDirSync(this.path), ({ name }) => name).sort();
  }
}

function refuse(sentence: string): void {
  throw new Error(sentence);
}

Deno.test("ReplacedFile writes beside its place under a name that is not taken for it", async () => {
  using place = new Place();
  {
    using file = new ReplacedFile(place.target, refuse);
    const [beside = "", ...others] = place.names();
    assertEquals([others, beside.endsWith(".tmp")], [[], true]);
    await file.replace(["a\n", "b\n"]);
    assertEquals([place.names(), place.read()], [["x.prom"], "a\nb\n"]);
    // A second text is not longer than the first, and more than is written at once.
    const long = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`);
    await file.replace(long);
    assertEquals(place.read(), long.join(""));
    await file.replace(["c\n"]);
    assertEquals(place.read(), "c\n");
  }
  assertEquals([place.names(), place.read()], [["x.prom"], "c\n"]);
});

Deno.test("ReplacedFile removes what it has put into its place, and nothing else", async () => {
  using place = new Place();
  await Deno.writeTextFile(place.target, "yesterday\n");
  using file = new ReplacedFile(place.target, refuse);
  file.remove();
  assertEquals(place.read(), "yesterday\n");
  await file.replace(["a\n"]);
  await Deno.writeTextFile(`${place.path}/mine`, "mine\n");
  await Deno.rename(`${place.path}/mine`, place.target);
  file.remove();
  assertEquals(place.read(), "mine\n");
  await file.replace(["b\n"]);
  file.remove();
  assertEquals(place.names(), []);
});

Deno.test("ReplacedFile leaves the text before, and nothing beside it, if there is no whole text", async () => {
  using place = new Place();
  using file = new ReplacedFile(place.target, refuse);
  await file.replace(["a\n"]);
  const broken = function* () {
    yield "b\n".repeat(100_000);
    throw new Error("No more text");
  };
  const error = await assertRejects(() => file.replace(broken()));
  // It is no fault of the file.
  assertEquals(String(error), "Error: No more text");
  assertEquals([place.names(), place.read()], [["x.prom"], "a\n"]);
});

Deno.test("ReplacedFile drops a text that is under way when it is closed", async () => {
  using place = new Place();
  const file = new ReplacedFile(place.target, refuse);
  await file.replace(["a\n"]);
  const written = file.replace(["b\n".repeat(1_000_000)]);
  file.remove();
  file[Symbol.dispose]();
  await Promise.allSettled([written]);
  assertEquals(place.names(), []);
});

Deno.test("ReplacedFile says what stands in the way of a file", async () => {
  using place = new Place();
  for (const path of [place.path, `${place.path}/.`, "/dev/null"]) {
    assertThrows(
      () => new ReplacedFile(path, refuse),
      UsageError,
      "at each sample: it is no regular file",
    );
  }
  for (const path of ["no/x.prom", "no/", ""]) {
    assertThrows(
      () => new ReplacedFile(`${place.path}/none/${path}`, refuse),
      FileError,
      "No such file or directory",
    );
  }
  await Deno.symlink("loop", `${place.path}/loop`);
  assertThrows(
    () => new ReplacedFile(`${place.path}/loop`, refuse),
    FileError,
    "Too many levels of symbolic links",
  );
  assertEquals(place.names(), ["loop"]);
});
