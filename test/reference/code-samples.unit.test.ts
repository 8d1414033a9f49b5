// The code samples of requests that the contract of this project does not have.
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { operationsOf } from '../../openapi/model/contract.ts';
import { codeSamples } from '../../openapi/reference/samples/code-samples.ts';

/** The sample of a request with this body, by its label. */
function sampleOf(label: string, value: unknown): string {
  const copy = structuredClone(contract);
  const [entry] = operationsOf(copy);
  if (!entry) throw new Error('The contract has no operation.');
  const schema = {};
  entry.operation.requestBody = { content: { 'application/json': { schema, examples: { one: { value } } } } };
  return codeSamples(copy, entry).find((sample) => sample.label === label)?.source ?? '';
}

describe('codeSamples', () => {
  it('writes an empty object in PHP as an object, and an empty array as an array', () => {
    const sample = sampleOf('PHP', { object: {}, array: [], nested: [{ object: {} }], text: "O'Brien $a" });

    expect(sample).toContain("'object' => new stdClass(),");
    expect(sample.match(/new stdClass\(\)/g)).toHaveLength(2);
    expect(sample).toMatch(/'array' => \[\s*\],/);
    expect(sample).toContain("'text' => 'O\\'Brien $a'");
    expect(sample).not.toMatch(/CURLOPT_PORT|curl_close/);
  });

  it('writes a body in C# as one literal', () => {
    const value = { text: 'O\'Brien "x" \\ \n é' };
    const literal = /new StringContent\(("(?:[^"\\]|\\.)*")\)/.exec(sampleOf('C#', value))?.[1] ?? '""';

    expect(JSON.parse(JSON.parse(literal))).toEqual(value);
  });
});
