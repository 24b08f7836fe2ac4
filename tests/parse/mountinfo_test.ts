import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseMountinfo } from "../../src/parse/mountinfo.ts";

function says(text: string, message: string): void {
  const error = assertThrows(() => parseMountinfo(text), ProcParseError);
  assertEquals(error.message, message);
}

Deno.test("parseMountinfo() reads a mount with optional fields", () => {
  const text =
    "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n";
  assertEquals(parseMountinfo(text), [{
    root: "/mnt1",
    mountPoint: "/mnt2",
    fsType: "ext3",
    superOptions: ["rw", "errors=continue"],
  }]);
});

Deno.test("parseMountinfo() reads mounts without optional fields", () => {
  const text =
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n";
  assertEquals(
    parseMountinfo(text).map(({ mountPoint, fsType }) => [mountPoint, fsType]),
    [["/", "ext4"], ["/sys/fs/cgroup", "cgroup2"]],
  );
});

Deno.test("parseMountinfo() reads a procfs that hides processes", () => {
  const text = "23 22 0:21 / /proc rw - proc proc rw,gid=4,hidepid=invisible\n";
  assertEquals(parseMountinfo(text)[0]?.superOptions, [
    "rw",
    "gid=4",
    "hidepid=invisible",
  ]);
});

Deno.test("parseMountinfo() reads a bind mount of a directory", () => {
  const text =
    "50 22 0:27 /system.slice/a.service /cg rw - cgroup2 cgroup rw\n51 22 0:27 /../x /up rw - cgroup2 cgroup rw\n";
  assertEquals(
    parseMountinfo(text).map(({ root, mountPoint }) => [root, mountPoint]),
    [["/system.slice/a.service", "/cg"], ["/../x", "/up"]],
  );
});

Deno.test("parseMountinfo() undoes the kernel's escapes", () => {
  const text =
    "60 22 8:1 /a\\040b /mnt/c\\011d\\012e\\134f\\040g rw - ext4 /dev/sda1 rw\n";
  const [mount] = parseMountinfo(text);
  assertEquals(mount?.root, "/a b");
  assertEquals(mount?.mountPoint, "/mnt/c\td\ne\\f g");
});

Deno.test("parseMountinfo() undoes an escaped backslash once", () => {
  const text = "60 22 8:1 / /a\\134040b rw - ext4 /dev/sda1 rw\n";
  assertEquals(parseMountinfo(text)[0]?.mountPoint, "/a\\040b");
});

Deno.test("parseMountinfo() reads a dash in a mount point", () => {
  const text = "60 22 8:1 / /a\\040-\\040b rw - ext4 /dev/sda1 rw\n";
  assertEquals(parseMountinfo(text)[0]?.mountPoint, "/a - b");
});

Deno.test("parseMountinfo() refuses a line without a separator", () => {
  says(
    "36 35 98:0 /mnt1 /mnt2 rw ext3 /dev/root rw\n",
    'Cannot parse a mount in mountinfo: current value is "36 35 98:0 /mnt1 /mnt2 rw ext3 /dev/root rw"',
  );
});

Deno.test("parseMountinfo() refuses a line without options of the file system", () => {
  says(
    "36 35 98:0 / / rw - ext3 /dev/root\n",
    'Cannot parse a mount in mountinfo: current value is "36 35 98:0 / / rw - ext3 /dev/root"',
  );
});

Deno.test("parseMountinfo() refuses a line without a mount point", () => {
  says(
    "36 35 98:0 / - ext3 /dev/root rw\n",
    'Cannot parse a mount in mountinfo: current value is "36 35 98:0 / - ext3 /dev/root rw"',
  );
});

Deno.test("parseMountinfo() refuses a text that is cut", () => {
  says(
    "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22",
    'Cannot parse the end of the last line in mountinfo: current value is "23 22"',
  );
});
