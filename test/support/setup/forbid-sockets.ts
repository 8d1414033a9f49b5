// Loaded before each unit test. Makes opening a socket or starting a process an error.
import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';

const forbid = (what: string) => () => {
  throw new Error(`A unit test must not ${what}. Name the file *.test.ts instead of *.unit.test.ts.`);
};

Server.prototype.listen = forbid('listen on a socket');
Socket.prototype.connect = forbid('connect a socket');
Object.assign(ChildProcess.prototype, { spawn: forbid('start a process') });
