// The memory of responses whose client reads slowly.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { writeParts, writeTexts } from '../../../server/edge/steps/write-response.ts';

const TEXT = 'x'.repeat(100_000);

it.each<[string, (response: ServerResponse) => void]>([
  ['texts', (response) => writeTexts(response, [TEXT])],
  ['parts', (response) => writeParts(response, [Buffer.from(TEXT)])],
])('is freed when a response of %s is closed', (_, write) => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const end = vi.spyOn(response, 'end').mockReturnThis();
  write(response);
  const bytes: unknown = end.mock.calls[0]?.[0];
  expect(bytes).toHaveLength(TEXT.length);

  response.emit('close');

  expect(bytes).toHaveLength(0);
});
