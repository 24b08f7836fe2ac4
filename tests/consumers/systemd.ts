/** systemd, which reads the unit of docs/ship; and what its comment says must not be set. */
import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs";
import { CHECKOUT } from "../support/procline.ts";
import type { Consumer, Need } from "./consumer.ts";
import { program } from "./needs.ts";
import { shipped } from "./_shipped.ts";

const UNIT = "procline.service";
const INSTALLED = "/usr/local/bin/procline";

/** The kernel's number of prctl(PR_SET_MDWE), and of its flag. */
const REFUSE_NEW_CODE = "import ctypes, os, sys\n" +
  "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0: sys.exit(99)\n" +
  "os.execv(sys.argv[1], sys.argv[1:])";

const binary: Need = {
  name: "procline",
  hint: "deno task compile",
  find: () => {
    const path = Deno.env.get("PROCLINE_BINARY") ?? `${CHECKOUT}dist/procline`;
    return Promise.resolve(existsSync(path) ? path : null);
  },
  fetch: () => Promise.reject(new Error("There is no dist/procline")),
};

/** The unit and its drop-in by `systemd-analyze verify`, and what ends procline at its start. */
export const systemd: Consumer = {
  name: "systemd",
  set: "large",
  needs: [
    program("systemd-analyze", ["systemd"]),
    program("prlimit", ["util-linux"]),
    program("setpriv", ["util-linux"]),
    program("python3", ["python3"]),
    binary,
  ],
  check: async (context) => {
    const { directory } = context;
    const path = context.path("procline");
    const unit = `${directory}/${UNIT}`;
    await Deno.mkdir(`${unit}.d`);
    const text = await shipped(UNIT, { [INSTALLED]: path });
    await Deno.writeTextFile(unit, text);
    await Deno.writeTextFile(
      `${unit}.d/textfile.conf`,
      await shipped(`${UNIT}.d/textfile.conf`, { [INSTALLED]: path }),
    );
    const { code, stdout, stderr } = await context.run([
      "systemd-analyze",
      "verify",
      "--man=no",
      unit,
    ]);
    assertEquals({ code, said: stdout + stderr }, { code: 0, said: "" });

    const sample = [path, "--pid", `${Deno.pid}`, "--count", "1"];
    const limited = async (gibibytes: number) =>
      (await context.run([
        "prlimit",
        `--as=${gibibytes * 1024 ** 3}`,
        ...sample,
      ])).code;
    assertEquals(await limited(128), 0);
    assert(await limited(64) > 128, "64 GiB of addresses should end it");
    const refused = await context.run([
      ...["python3", "-c", REFUSE_NEW_CODE],
      ...sample,
    ]);
    assert(refused.code > 128, "it should need new code");

    // The capabilities of the unit are those that io and exe of others need.
    const capabilities = /^CapabilityBoundingSet=(.*)$/m.exec(text)?.[1] ?? "";
    const set = capabilities.split(" ").map((name) =>
      `+${name.slice("CAP_".length).toLowerCase()}`
    );
    const denied = async (bounding: string) => {
      const printed = await context.runWell([
        ...["setpriv", "--inh-caps=-all", `--bounding-set=${bounding}`, path],
        ..."--all --collect io --count 1 --only process".split(" "),
      ]);
      return printed.split('"exe":"denied"').length - 1;
    };
    const [without, withSet] = [
      await denied("-all"),
      await denied(["-all", ...set].join(",")),
    ];
    if (Deno.uid() === 0) assert(withSet < without, `${withSet} of ${without}`);

    const version = await context.runWell(["systemd-analyze", "--version"]);
    return {
      version: /systemd (\d+)/.exec(version)?.[1] ?? "",
      lines: 0,
      compared:
        `the unit and its drop-in, what must not be set, its capabilities (programs not seen: ${withSet}, without them ${without})`,
    };
  },
};
