import { assert, assertEquals, assertGreater } from "@std/assert";
import { bundle } from "../../.ci/compile.ts";
import {
  CHECKOUT,
  parseSamples,
  run,
  TemporaryDirectory,
} from "../support/procline.ts";
import { serve } from "../support/server.ts";

const TYPES: Readonly<Record<string, string>> = {
  ts: "application/typescript",
  json: "application/json",
};

Deno.test("mod.ts runs from a URL, and nothing but its own files is asked for", async () => {
  using empty = new TemporaryDirectory();
  const asked: string[] = [];
  const elsewhere: string[] = [];
  await using server = serve(async ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    const type = TYPES[pathname.split(".").at(-1) ?? ""];
    if (type === undefined) return new Response(null, { status: 404 });
    return new Response(
      await Deno.readFile(`${CHECKOUT}${pathname.slice(1)}`),
      {
        headers: { "content-type": type },
      },
    );
  });
  // Requests to other hosts than the loopback go to this proxy, which notes them and answers with
  // an error.
  await using proxy = serve(({ url }) => {
    elsewhere.push(url);
    return new Response(null, { status: 502 });
  });

  const { code, stdout, stderr } = await run([
    Deno.execPath(),
    "run",
    "-A",
    `http://127.0.0.1:${server.addr.port}/mod.ts`,
    "--pid",
    `${Deno.pid}`,
    "--count",
    "1",
  ], {
    clearEnv: true,
    cwd: empty.path,
    env: {
      DENO_DIR: `${empty.path}/deno`,
      HOME: empty.path,
      HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
      HTTPS_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
      NO_PROXY: "127.0.0.1",
    },
  });

  assertEquals(code, 0, stderr);
  const [sample] = parseSamples(stdout);
  assertEquals(sample?.tree.root_pid, Deno.pid);
  assertEquals(elsewhere, []);
  // Each is asked for once, and each is a file that ships.
  assertEquals(asked.length, new Set(asked).size);
  assertGreater(asked.length, 20);
  for (const path of asked) {
    assert(
      /^\/(mod\.ts|deno\.json|docs\/records\.schema\.json|src\/[a-z0-9_/]+\.ts)$/
        .test(path),
      `It asked for ${path}`,
    );
    await Deno.stat(`${CHECKOUT}${path.slice(1)}`);
  }
});

Deno.test("the proxy of this test would see what is asked of another host", async () => {
  using empty = new TemporaryDirectory();
  const seen: string[] = [];
  await using proxy = serve(({ url }) => {
    seen.push(url);
    return new Response(null, { status: 502 });
  });

  const { code } = await run([
    Deno.execPath(),
    "run",
    "http://procline.invalid/mod.ts",
  ], {
    clearEnv: true,
    cwd: empty.path,
    env: {
      DENO_DIR: `${empty.path}/deno`,
      HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
      NO_PROXY: "127.0.0.1",
    },
  });

  assert(code !== 0);
  assertGreater(seen.length, 0);
});

Deno.test("the bundle runs from a URL that redirects, as bytes of no type, and asks for nothing else", async () => {
  using empty = new TemporaryDirectory();
  const path = `${empty.path}/procline.js`;
  await bundle(path);
  const asked: string[] = [];
  await using server = serve(async ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    return pathname === "/latest/procline.js"
      ? new Response(null, { status: 302, headers: { location: "/1/asset" } })
      : new Response(await Deno.readFile(path), {
        headers: { "content-type": "application/octet-stream" },
      });
  });

  const { code, stdout, stderr } = await run([
    Deno.execPath(),
    "run",
    "-A",
    `http://127.0.0.1:${server.addr.port}/latest/procline.js`,
    `--pid=${Deno.pid}`,
    "--count=1",
    "--collect=all",
    "--events",
  ], {
    clearEnv: true,
    cwd: empty.path,
    env: { DENO_DIR: `${empty.path}/deno`, HOME: empty.path },
  });

  assertEquals(code, 0, stderr);
  assertEquals(parseSamples(stdout)[0]?.tree.root_pid, Deno.pid);
  assertEquals(asked, ["/latest/procline.js", "/1/asset"]);
});
