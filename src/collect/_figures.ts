/** The figures of a file as one flat record. */

import { isMalformed, type PartlyMalformed } from "../errors.ts";
import type { Integer } from "../integer.ts";
import type { KeyedCounters } from "../model/collected_fields.ts";
import type { NullReason } from "../model/null_reason.ts";
import { parseFlatKeyed } from "../parse/flat_keyed.ts";
import type { Pressure } from "../parse/pressure.ts";

const NAMES = ["avg10", "avg60", "avg300", "total"] as const;

/** A map of figures, and which of them make no sense. */
export interface Figures extends PartlyMalformed {
  /** The figures. */
  readonly figures: KeyedCounters;
}

/** `some_avg10`, `full_total` and so on. */
export function pressureFigures(pressure: Pressure): Figures {
  const figures: Record<string, Integer | null> = {};
  for (const kind of ["some", "full"] as const) {
    const line = pressure[kind];
    if (line === null) continue;
    for (const name of NAMES) {
      const figure = line[name];
      const isThere = figure !== null ||
        isMalformed(pressure, [`${kind} ${name}`]);
      if (isThere) figures[`${kind}_${name}`] = figure;
    }
  }
  const { malformed } = pressure;
  return malformed === undefined ? { figures } : { figures, malformed };
}

/** The figures of a flat keyed file. */
export function flatFigures(file: string, text: string): Figures {
  const { values, ...faults } = parseFlatKeyed(file, text);
  return { figures: Object.fromEntries(values), ...faults };
}

/** Why a map is not whole: a figure of it makes no sense; null if all do. */
export function mapReason(
  figures: KeyedCounters | undefined,
): NullReason | null {
  return Object.values(figures ?? {}).includes(null) ? "malformed" : null;
}
