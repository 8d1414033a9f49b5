export class UnknownCustomer extends Error {
  override readonly name = 'UnknownCustomers';
}
