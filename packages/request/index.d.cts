declare namespace request {
  interface Options {
    uri: string;
    /** Default: GET. */
    method?: string;
    qs?: Readonly<Record<string, unknown>> | null;
    headers?: Readonly<Record<string, string>>;
    body?: string | Buffer | null;
    /** For the whole exchange, in milliseconds; none, where it is 0 or left out. */
    timeout?: number;
    /** null: the body is a Buffer. */
    encoding?: null;
  }
  interface Response {
    statusCode: number;
    headers: Record<string, string>;
    body: string | Buffer;
  }
  type Callback = (error: Error | null, response?: Response, body?: string | Buffer) => void;
}
/** Calls back once: with the response, whatever its status, or with an error where there was none. */
declare function request(options: request.Options, callback: request.Callback): void;
export = request;
