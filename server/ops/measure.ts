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

/** `read` returns a number that never becomes less. */
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
