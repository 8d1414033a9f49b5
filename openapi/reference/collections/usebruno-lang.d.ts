// The part of @usebruno/lang that is used here; the package has no declarations.
declare module '@usebruno/lang' {
  interface Bruno {
    /** The text of a request's file. */
    jsonToBruV2(request: object): string;
    /** The text of collection.bru. */
    jsonToCollectionBru(collection: object): string;
    /** The text of an environment's file. */
    envJsonToBruV2(environment: object): string;
  }
  const bruno: Bruno;
  export default bruno;
}
