/** What a test can have go wrong, at any call. */
export type Call = {
  readonly method: string;
  /** The route as the table has it, e.g. `/api/v1/statuses/:id`; the path where no route fits. */
  readonly route: string;
  readonly path: string;
  /** How many calls of this method and route there were, this one included. */
  readonly n: number;
};

/**
 * `pass`: as it is. `hang`: nothing happens and nothing is answered. `reset-before`: the connection breaks and nothing
 * happened. `reset-after`: it took effect, and the connection breaks before the answer. Otherwise the answer that is
 * given, and nothing happened.
 */
export type Fault =
  | "pass"
  | "hang"
  | "reset-before"
  | "reset-after"
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };
