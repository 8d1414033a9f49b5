#!/usr/bin/env node
// `npm run server`, and the command customer-organizations-server.
import './ops/boot-signals.ts';
import { runProgram } from '../openapi/command/run-program.ts';

await runProgram(() => import('./cli/main.ts'), 1);
