// Loaded before a program that `npm run dev` will start anew (`node --import`): loads the packages that it will need, and waits for the word to go on.
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';

const word = once(process, 'message');
// Without one of them the program itself tells what to install.
for (const name of process.env.DEV_PACKAGES?.split(' ') ?? []) await import(name).catch(() => undefined);
await word;
process.disconnect();
// Compiled code is kept for the next start at the end of a process, but this one will be killed; by then it has long started.
setTimeout(flushCompileCache, 2000).unref();
