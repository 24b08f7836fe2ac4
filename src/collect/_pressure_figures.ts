/** The figures of a pressure file as one flat record. */

import type { Integer } from "../integer.ts";
import type { KeyedCounters } from "../model/collected_fields.ts";
import type { Pressure } from "../parse/pressure.ts";

/** `some_avg10`, `full_total` and so on. */
export function pressureFigures(pressure: Pressure): KeyedCounters {
  const figures: Record<string, Integer> = {};
  for (const kind of ["some", "full"] as const) {
    const line = pressure[kind];
    if (line === null) continue;
    figures[`${kind}_avg10`] = line.avg10;
    figures[`${kind}_avg60`] = line.avg60;
    figures[`${kind}_avg300`] = line.avg300;
    figures[`${kind}_total`] = line.total;
  }
  return figures;
}
