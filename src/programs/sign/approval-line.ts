/** What a person says to the bot to approve a plan, from the signature as ssh-keygen writes it; nothing where it wrote none. */
export function approvalLine(request: number, armour: string): string | undefined {
  const base64 = /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n*$/u.exec(
    armour,
  )?.[1];
  return base64 === undefined ? undefined : `approve #${request} ${base64.replaceAll("\n", "")}`;
}
