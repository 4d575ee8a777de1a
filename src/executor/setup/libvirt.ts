/** What VMs need of the setup: libvirt's verbs for the daemon, one by one, and the root helper for the few others. */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { helper } from "../host/commands.ts";
import { type Action, file, run } from "./actions.ts";
import * as files from "./files.ts";
import { command, textOf, writeWhole } from "./machine.ts";

const systemctl = "/usr/bin/systemctl";

/** `own`: the bundle that runs. */
export function libvirtActions(own: string): Action[] {
  const [socket, unit] = [
    file(files.helperSocketFile, files.helperSocketText, 0o644),
    file(files.helperUnitFile, files.helperUnitText, 0o644),
  ];
  const stale = !socket.isSo() || !unit.isSo();
  return [
    file(files.polkitFile, files.polkitText, 0o644),
    access(),
    helperFile(join(dirname(own), files.helperName)),
    socket,
    unit,
    run("systemd knows the root helper", () => !stale, [systemctl, "daemon-reload"]),
    run("the root helper can be asked, and starts with the host", isListening, [
      systemctl,
      "enable",
      "--now",
      files.helperSocket,
    ]),
  ];
}

function helperFile(source: string): Action {
  const text = textOf(source);
  const plain = file(files.helperProgram, text ?? "", 0o755);
  return {
    ...plain,
    shown: `copy of ${source}`,
    isSo: () => text !== undefined && plain.isSo(),
    make: () => (text === undefined ? `${source} is not there: it is built together with this program` : plain.make()),
  };
}

function isListening(): boolean {
  const isEnabled = command([systemctl, "is-enabled", files.helperSocket]).ok;
  return isEnabled && statSync(helper, { throwIfNoEntry: false })?.isSocket() === true;
}

/** Whether libvirt's configuration says that it asks polkit for each verb. */
export function asksPolkit(): boolean {
  return /^\s*access_drivers\s*=\s*\[[^\]]*"polkit"/m.test(textOf(files.libvirtdFile) ?? "");
}

/** The guests run on while libvirt's daemon starts anew. */
function access(): Action {
  return {
    what: `${files.libvirtdFile}: libvirt asks polkit for each verb, and not for the connection alone`,
    shown: files.accessLine,
    isSo: asksPolkit,
    make() {
      const text = textOf(files.libvirtdFile);
      if (text === undefined)
        return "it is not there. Where virtqemud runs instead, write that line into its file by hand";
      if (/^\s*access_drivers\s*=/m.test(text)) return "it names other drivers already: add polkit to them by hand";
      writeWhole(
        files.libvirtdFile,
        `${text.trimEnd()}\n\n# Written by manchot-executor setup.\n${files.accessLine}\n`,
        0o644,
      );
      const restarted = command([systemctl, "try-restart", "libvirtd.service"]);
      return restarted.ok ? undefined : `libvirtd was not started anew: ${restarted.stderr.trim()}`;
    },
  };
}
