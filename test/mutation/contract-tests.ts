// Runs the contract tests on a mutant: the cases of the original contract go to a server that implements the mutant.
import { pino } from 'pino';
import type { Contract } from '../../openapi/model/contract.ts';
import { createHandlers } from '../../server/api/handlers.ts';
import { authenticateBy } from '../../server/auth/authenticate.ts';
import { seedDemo } from '../../server/demo/demo.ts';
import { createApp } from '../../server/edge/app.ts';
import { listen } from '../../server/http/listen.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Case } from '../conformance/cases/case.ts';
import { createSuite, runSuite, type Suite } from '../conformance/run/suite.ts';
import { SUBJECT } from '../conformance/tests/support/subject.ts';
import type { Mutant } from './mutants.ts';

export interface ContractTests {
  /** Resolves with true when a test fails on the mutant. */
  catches(mutant: Pick<Mutant, 'pointer' | 'contract'>): Promise<boolean>;
}

/** All mutants share one set of cases; each has its own server and store, since the cases share idempotency keys. */
export function createContractTests(contract: Contract): ContractTests {
  const options = { contract, seed: 1, combinations: 0 };
  const suite = createSuite({ ...options, subject: SUBJECT });
  const log = pino({ level: 'silent' });
  return {
    async catches(mutant) {
      const store = openSqliteStore({ path: ':memory:' });
      await seedDemo(store);
      const settings = { authenticate: authenticateBy(store), log, contract: mutant.contract };
      const app = await createApp(createHandlers(store), settings).catch(() => undefined);
      if (!app) {
        await store.close();
        return true; // The server of this mutant does not start, so every test fails.
      }
      const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '' });
      try {
        const subject = { url: `${server.url}/api`, ...SUBJECT };
        const stopWhen = ({ violations }: { violations: unknown[] }) => violations.length > 0;
        const outcomes = await runSuite({ ...options, subject, stopWhen }, sortFor(suite, mutant));
        return outcomes.some(stopWhen);
      } finally {
        await server.close(0);
        await store.close();
      }
    },
  };
}

/** Puts the cases for the mutated constraint first. */
function sortFor(suite: Suite, { pointer }: Pick<Mutant, 'pointer'>): Suite {
  const { cases } = suite;
  const concerns = (each: Case) => [each.pointer, ...(each.alsoAt ?? [])].some((at) => at.startsWith(pointer));
  return { ...suite, cases: [...cases.filter(concerns), ...cases.filter((each) => !concerns(each))] };
}
