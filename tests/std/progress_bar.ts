/**
 * What the bench and the soak use of `@std/cli/unstable-progress-bar`: the same names, signatures
 * and outcomes.
 */

export interface ProgressBarFormatter {
  /** Minutes and seconds since the start, as `mm:ss`. */
  styledTime: string;
  /** As `###-------`. */
  progressBar: string;
  /** Milliseconds since the start. */
  time: number;
  value: number;
  max: number;
}

export interface ProgressBarOptions {
  max: number;
  /** @default {0} */
  value?: number;
  /** @default {50} */
  barLength?: number;
  /** Whether the bar is removed at the end. @default {false} */
  clear?: boolean;
  formatter?: (formatter: ProgressBarFormatter) => string;
  /** @default {1000} */
  refreshMilliseconds?: number;
}

const CLEAR_LINE = "\r\x1b[K";

/** A line on stderr that is drawn again at each interval. */
export class ProgressBar {
  value: number;
  max: number;

  readonly #barLength: number;
  readonly #clear: boolean;
  readonly #formatter: (formatter: ProgressBarFormatter) => string;
  readonly #start = Date.now();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(options: ProgressBarOptions) {
    this.max = options.max;
    this.value = options.value ?? 0;
    this.#barLength = options.barLength ?? 50;
    this.#clear = options.clear ?? false;
    this.#formatter = options.formatter ?? defaultFormatter;
    this.#timer = setInterval(
      () => this.#draw(),
      options.refreshMilliseconds ?? 1000,
    );
    this.#draw();
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#clear) {
      write(CLEAR_LINE);
    } else {
      this.#draw();
      write("\n");
    }
    return Promise.resolve();
  }

  #draw(): void {
    const time = Date.now() - this.#start;
    const ratio = Math.min(Math.max(this.value / this.max, 0), 1);
    const filled = Math.trunc(ratio * this.#barLength);
    write(
      CLEAR_LINE + this.#formatter({
        styledTime: `${twoDigits(time / 60_000)}:${
          twoDigits(time / 1000 % 60)
        }`,
        progressBar: "#".repeat(filled) + "-".repeat(this.#barLength - filled),
        time,
        value: this.value,
        max: this.max,
      }),
    );
  }
}

function defaultFormatter(x: ProgressBarFormatter): string {
  return `[${x.styledTime}] [${x.progressBar}] [${x.value}/${x.max}]`;
}

function twoDigits(value: number): string {
  return String(Math.trunc(value)).padStart(2, "0");
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
