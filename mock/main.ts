#!/usr/bin/env node
// `npm run mock`, and the command customer-organizations-mock.
import { runProgram } from '../openapi/command/run-program.ts';

await runProgram(() => import('./cli.ts'), 1);
