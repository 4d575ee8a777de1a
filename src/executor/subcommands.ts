/** What each subcommand was told. */

export type Shown = { readonly config: string; readonly json: boolean };

/** `person`: as whom it is decided. */
export type DecisionCommand = Shown & { readonly person: string } & (
    | { readonly name: "operations" }
    | { readonly name: "plan"; readonly target: string }
    | { readonly name: "approve"; readonly target: string; readonly code: string | undefined }
    | { readonly name: "deny" | "cancel"; readonly target: string }
    | { readonly name: "pause" | "resume"; readonly code: string | undefined }
  );

/** `within`: seconds. */
export type VmCommand = Shown & { readonly person: string; readonly target: string } & (
    | { readonly name: "vm start" }
    | { readonly name: "vm stop" | "vm restart"; readonly within: number | undefined }
    | { readonly name: "vm autostart"; readonly on: boolean }
  );

type FactorCommand = {
  readonly config: string;
  readonly person: string;
  readonly totp: boolean;
  readonly key: string | undefined;
};
export type EnrolCommand = FactorCommand & { readonly name: "enrol-factor" };
export type RevokeCommand = FactorCommand & { readonly name: "revoke-factor"; readonly all: boolean };

export type TerminalCommand = Shown &
  (
    | { readonly name: "facts" | "vm list" | "datasets" }
    | { readonly name: "vm info" | "snapshots" | "operation"; readonly target: string }
    | {
        readonly name: "snapshot";
        readonly targets: readonly string[];
        readonly recursive: boolean;
        readonly note: string | undefined;
        readonly person: string;
      }
  );

export type SetupCommand = {
  readonly name: "setup";
  readonly apply: boolean;
  readonly botKey: string | undefined;
  readonly botKeyFile: string | undefined;
  readonly pools: readonly string[];
  readonly hostName: string | undefined;
};

export type Command =
  | { readonly name: "help" }
  | { readonly name: "not-understood"; readonly why: string }
  | { readonly name: "attach"; readonly socket: string }
  | { readonly name: "serve" | "check" | "journal verify"; readonly config: string }
  | SetupCommand
  | EnrolCommand
  | RevokeCommand
  | DecisionCommand
  | VmCommand
  | TerminalCommand;
