import { assertEquals } from "@std/assert";
import { Outsiders } from "../../src/tree/outsiders.ts";

/**
 * 32 with the child 64, and 33 with the child 65, which has the child 97; it is no turn of theirs.
 */
function family(): Outsiders {
  const outsiders = new Outsiders();
  for (const [pid, ppid] of [[32, 1], [64, 32], [33, 1], [65, 33], [97, 65]]) {
    outsiders.set(pid ?? 0, ppid ?? 0);
  }
  for (let turn = 0; turn < 3; turn++) outsiders.begin(null);
  return outsiders;
}

Deno.test("Outsiders are due each in its turn", () => {
  const outsiders = family();
  const turns = Array.from({ length: 32 }, () => {
    outsiders.begin(null);
    return outsiders.due({ after: 0, upTo: 0 });
  });
  // The next turn is that of 3.
  assertEquals(turns.flat(), [32, 64, 33, 65, 97]);
  assertEquals(turns[29], [32, 64]);
});

Deno.test("Outsiders are due if their id or their parent's is given out again", () => {
  const outsiders = family();
  outsiders.begin(new Set([32, 64, 33, 65, 97]));
  assertEquals(outsiders.due({ after: 32, upTo: 33 }), [33, 65]);
  assertEquals(outsiders.due("all"), [32, 64, 33, 65, 97]);
  assertEquals(outsiders.due({ after: 33, upTo: 33 }), []);
});

Deno.test("Outsiders are due once their parent has ended, and forgotten once they have", () => {
  const outsiders = family();
  outsiders.begin(new Set([32, 64, 65, 97]));
  assertEquals([outsiders.has(33), outsiders.has(65)], [false, true]);
  assertEquals(outsiders.due({ after: 0, upTo: 0 }), [65]);
  outsiders.begin(new Set([32, 64, 65, 97]));
  assertEquals(outsiders.due({ after: 0, upTo: 0 }), []);
});

Deno.test("Outsiders.takeDescendants() takes all generations, also of a ring", () => {
  const outsiders = family();
  assertEquals(outsiders.takeDescendants([33]), [65, 97]);
  assertEquals([outsiders.has(65), outsiders.has(33)], [false, true]);
  outsiders.set(5, 6);
  outsiders.set(6, 5);
  assertEquals(outsiders.takeDescendants([5]), [6, 5]);
});

Deno.test("Outsiders.dueUnlisted() gives each its turn in 32 sweeps, however many there are", () => {
  const few = family();
  const turns = Array.from({ length: 32 }, () => few.dueUnlisted());
  assertEquals(turns.flat(), [32, 64, 33, 65, 97]);
  const many = new Outsiders();
  for (let pid = 1; pid <= 5000; pid++) many.set(pid, 1);
  const due = Array.from({ length: 32 }, () => many.dueUnlisted());
  assertEquals(new Set(due.flat()).size, 5000);
});
