// Lists customers in PostgreSQL. Each page is a separate read, so that a slow consumer keeps nothing open.
import { NIL } from 'uuid';
import type { Customer } from '../../records.ts';
import type { Query } from '../connection/query.ts';

const PAGE_SIZE = 5000;

export async function* listCustomers(read: Query, account: string): AsyncIterable<Customer> {
  // The first page includes the lowest ID.
  for (let [after, operator]: [string, string] = [NIL, '>=']; ; operator = '>') {
    const page = await read<{ customer_id: string; name: string }>({
      text: `SELECT customer_id, name FROM customers WHERE account_id = $1 AND customer_id ${operator} $2
             ORDER BY customer_id LIMIT $3`,
      values: [account, after, PAGE_SIZE],
    });
    for (const { customer_id: id, name } of page) yield { id, name };
    const last = page.at(-1);
    if (!last || page.length < PAGE_SIZE) return;
    after = last.customer_id;
  }
}
