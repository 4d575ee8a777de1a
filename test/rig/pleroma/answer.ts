/** Answers of the stand-in, and the refusals that the real server makes of them, to the letter. */
export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export const ok = (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  body,
  headers,
});

const error = (status: number, words: string): Answer => ({ status, body: { error: words } });

export const badCredentials = error(403, "Invalid credentials.");
export const accessDenied = error(403, "Access denied");
export const noSuchNotification = error(403, "Cannot get notification");
export const notFound = error(404, "Record not found");
export const throttled = error(429, "Throttled");
export const wrongPassword = error(400, "Invalid credentials");
export const fault: Answer = { status: 400, body: { errors: { detail: "Internal server error" } } };
export const tooBig: Answer = { status: 413, body: { errors: { detail: "Internal server error" } } };
export const missingScope = (scope: string): Answer => error(403, `Insufficient permissions: ${scope}.`);
export const refusal = (refused: { readonly status: number; readonly error: string }): Answer =>
  error(refused.status, refused.error);
export const accountDisabled: Answer = {
  status: 403,
  body: { error: "Your account is currently disabled", identifier: "account_is_disabled" },
};
export const noFile: Answer = {
  status: 400,
  body: {
    error: "Missing field: file.",
    errors: [{ message: "Missing field: file", source: { pointer: "/file" }, title: "Invalid value" }],
  },
};
