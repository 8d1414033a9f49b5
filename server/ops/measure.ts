// Metrics whose values are read when they are scraped.
import { Counter, Gauge, type Registry } from 'prom-client';

export function measure(name: string, help: string, read: () => number | Promise<number>, registers: Registry[]): void {
  new Gauge({
    name,
    help,
    registers,
    async collect() {
      this.set(await read());
    },
  });
}

/** Measures a counter. `read` must return a number that never decreases. */
export function measureCounter(name: string, help: string, read: () => number, registers: Registry[]): void {
  new Counter({
    name,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
