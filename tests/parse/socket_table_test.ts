import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import {
  parseSocketTable,
  type SocketTable,
} from "../../src/parse/socket_table.ts";

/** Tables as Linux 6.18 prints them, with two sockets each, and what is in them. */
const TABLES: readonly (readonly [
  table: SocketTable,
  text: string,
  sockets: readonly (readonly [inode: number, state: number])[],
])[] = [
  [
    "tcp",
    `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1509 1 0000000010bac58b 100 0 0 10 0                      
   1: 0100007F:9B16 0100007F:A0DE 08 00000000:00000001 02:00000A2C 00000000  1000        0 26496596 2 00000000c6d4a5a5 20 0 0 10 -1                  
`,
    [[1509, 10], [26496596, 8]],
  ],
  [
    "tcp6",
    `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:A2C5 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 26496581 1 000000000ff5ab8f 100 0 0 10 0
12345: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D2F0 01 00000000:00000000 00:00000000 00000000 65534        0 4294967295 1 0000000000000000 20 4 30 10 -1
`,
    [[26496581, 10], [4294967295, 1]],
  ],
  [
    "udp",
    `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             
 3304: 0100007F:C367 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 26496597 2 00000000d1ec2eac 0         
 3305: 0100007F:C368 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 26496598 2 00000000d1ec2ead 0         
`,
    [[26496597, 7], [26496598, 1]],
  ],
  [
    "raw6",
    `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
   58: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 19044 2 0000000000000000 0
`,
    [[19044, 7]],
  ],
  [
    "netlink",
    `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
0000000027a7ea61 0   0          00000000 0        0        0     2        0        4       
0000000099c9276c 15  -4105      00000001 0        0        0     2        0        1435    
`,
    [[4, 0], [1435, 0]],
  ],
  [
    "packet",
    `sk               RefCnt Type Proto  Iface R Rmem   User   Inode
00000000a4f4c4e3 3      3    0003   0     1 0      0      26503911
`,
    [[26503911, 0]],
  ],
  [
    "unix",
    `Num       RefCount Protocol Flags    Type St Inode Path
000000005e666545: 00000003 00000000 00000000 0001 03 26037812
00000000e39d0c54: 00000002 00000000 00010000 0001 01 12345 /run/a b/socket
ffff8800: 00000002 00000000 00010000 0005 01     7 @abstract@
`,
    [[26037812, 0], [12345, 0], [7, 0]],
  ],
];

/** All whole numbers in a text: whatever may be taken for an inode. */
function numbersIn(text: string): Set<number> {
  return new Set([...text.matchAll(/\d+/g)].map(([digits]) => Number(digits)));
}

for (const [table, text, sockets] of TABLES) {
  Deno.test(`parseSocketTable() finds the sockets of ${table} and takes no other number for one`, () => {
    const found = parseSocketTable(table, text, numbersIn(text));
    assertEquals([...found], sockets.map((one) => [...one]));
  });

  Deno.test(`parseSocketTable() finds only what it looks for in ${table}`, () => {
    const [[inode, state] = [0, 0]] = sockets;
    const found = parseSocketTable(table, text, new Set([inode, 999_999]));
    assertEquals([...found], [[inode, state]]);
  });

  Deno.test(`parseSocketTable() reads ${table} without a newline at its end, and without a socket`, () => {
    const cut = parseSocketTable(table, text.trimEnd(), numbersIn(text));
    assertEquals(cut.size, sockets.length);
    const [head = ""] = text.split("\n");
    for (const empty of [head, `${head}\n`]) {
      assertEquals(parseSocketTable(table, empty, numbersIn(text)).size, 0);
    }
  });

  Deno.test(`parseSocketTable() refuses what is no table ${table}`, () => {
    const other = table === "unix"
      ? TABLES[0]?.[1] ?? ""
      : TABLES[6]?.[1] ?? "";
    for (
      const wrong of ["", "\n", "0\n", other, text.slice(text.indexOf("\n"))]
    ) {
      const error = assertThrows(
        () => parseSocketTable(table, wrong, new Set()),
        ProcParseError,
      );
      assertEquals([error.file, error.field], [table, "heading"]);
    }
  });
}

for (
  const end of [
    "",
    "   0: 0100007F:0050\n",
    "   0: a b 0A c d e 0 0 -1 1\n",
    "   0: a b 0A c d e 0 0 12x 1\n",
    "\n",
  ]
) {
  Deno.test(`parseSocketTable() refuses a line without an inode: ${JSON.stringify(end)}`, () => {
    const text = `${TABLES[0]?.[1]}${end}\n`;
    const error = assertThrows(
      () => parseSocketTable("tcp", text, new Set()),
      ProcParseError,
    );
    assertEquals([error.file, error.field], ["tcp", "inode"]);
  });
}

Deno.test("parseSocketTable() takes the rest of a path for no socket", () => {
  const text = `${TABLES[6]?.[1]}` +
    "0000000000000001: 00000002 00000000 00010000 0001 01 50 /tmp/a\n" +
    "b\n0: 51\n\n0000000000000002: 52\n" +
    "0000000000000003: 00000002 00000000 00010000 0001 01 53 \u001b[2J\ufffd\n";
  const found = parseSocketTable("unix", text, numbersIn(text));
  assertEquals([...found.keys()], [26037812, 12345, 7, 50, 53]);
});

Deno.test("parseSocketTable() reads 100,000 sockets in proportion to their number", () => {
  const [, text = "", line = ""] = TABLES[0]?.[1].split("\n") ?? [];
  const head = TABLES[0]?.[1].split("\n")[0] ?? "";
  const table = (count: number) =>
    `${head}\n${
      Array.from({ length: count }, (_, i) =>
        (i % 2 === 0 ? text : line).replace(/0 1509|0 26496596/, `0 ${i + 1}`))
        .join("\n")
    }\n`;
  const time = (count: number) => {
    const whole = table(count);
    const wanted = new Set([1, 2, count]);
    let best = Infinity;
    for (let round = 0; round < 5; round++) {
      const begin = performance.now();
      assertEquals(parseSocketTable("tcp", whole, wanted).size, 3);
      best = Math.min(best, performance.now() - begin);
    }
    return best;
  };
  time(10_000);
  const tenth = time(10_000);
  const all = time(100_000);
  assertLess(all, 40 * tenth + 50);
  assertLess(all, 2000);
});
