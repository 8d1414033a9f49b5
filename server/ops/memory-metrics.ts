// Metrics of the memory that is held on behalf of clients.
import type { Registry } from 'prom-client';
import type { MemoryBudget } from '../edge/memory/memory-budget.ts';
import { measure, measureCounter } from './measure.ts';

export function measureMemory(memory: MemoryBudget, registers: Registry[]): void {
  const held = 'Held for clients: connections, requests, bodies, unread responses.';
  measure('client_memory_bytes', held, () => memory.held, registers);
  measure('client_memory_limit_bytes', 'CLIENT_MEMORY_MB in bytes.', () => memory.limit, registers);
  const rejected = 'Bodies rejected with 503 because CLIENT_MEMORY_MB was used up.';
  measureCounter('client_memory_rejected_total', rejected, () => memory.rejected, registers);
  const reclaimed = 'Connections closed, and bodies discarded, to free memory for other clients.';
  measureCounter('client_memory_reclaimed_total', reclaimed, () => memory.reclaimed, registers);
}
