// Loaded before a program that `npm run dev` will start anew (`node --import`): loads the packages that it will need, and waits for the word to go on.
import { once } from 'node:events';

const word = once(process, 'message');
// Without one of them the program itself tells what to install.
for (const name of process.env.DEV_PACKAGES?.split(' ') ?? []) await import(name).catch(() => undefined);
await word;
process.disconnect();
