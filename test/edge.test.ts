// The edge, with handlers that only answer: what it lets through, what it refuses, and in which words.
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from './http.ts';
import { startSqliteServer } from './targets.ts';

describe('the server', () => {
  it('answers 201 to the published request', async () => {
    const target = await startSqliteServer();
    onTestFinished(() => target.close());

    const answer = await send(target.url, {
      body: {
        ownerId: '50af5191-05a3-42a5-802a-6b59091157af',
        memberIds: ['e309e948-088e-4d77-b654-cd85498f1555', '50af5191-05a3-42a5-802a-6b59091157af'],
      },
    });

    expect(answer.status).toBe(201);
  });
});
