// A file that several processes create at the same time.
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { migrateFile } from '../../../server/store/sqlite/file/open.ts';
import { databasePath } from '../../support/fixtures.ts';

/** Holds the write lock of a new file for a while, like another process that creates the schema. */
const HOLD = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(workerData.path);
  database.exec(workerData.begin);
  parentPort.postMessage('locked');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  database.exec('ROLLBACK');
  database.close();
`;

it.each(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE', 'BEGIN; SELECT * FROM sqlite_schema'])(
  'is created as soon as another process has released its lock: %s',
  async (begin) => {
    const path = await databasePath();
    const worker = new Worker(HOLD, { eval: true, workerData: { path, begin } });
    onTestFinished(() => worker.terminate().then(() => undefined));
    await new Promise((resolve) => worker.once('message', resolve));

    expect(migrateFile(path).length).toBeGreaterThan(0);
  },
);
