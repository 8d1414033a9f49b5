// Replaces curl where it is missing. Supports the flags that the documentation uses.
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    request: { type: 'string', short: 'X' },
    url: { type: 'string' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    data: { type: 'string', short: 'd' },
    user: { type: 'string', short: 'u' },
  },
});

const [from, to] = process.env.CURL_CONNECT_TO?.split('=') ?? [];
const url = (values.url ?? positionals[0] ?? '').replace(from ?? '', to ?? '');
const headers = new Headers(
  values.header.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }),
);
if (values.user) headers.set('authorization', `Basic ${Buffer.from(values.user).toString('base64')}`);
const method = values.request ?? (values.data === undefined ? 'GET' : 'POST');
const response = await fetch(url, { method, headers, ...(values.data !== undefined && { body: values.data }) });
process.stdout.write(await response.text());
