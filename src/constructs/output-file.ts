/** What cdk8s calls the file of one object, without its extension. A kind or name can bring no slash into it. */
export function resourceFileName(kind: string, name: string | undefined): string {
  return `${kind}.${name}`.replace(/[^0-9a-zA-Z-_.]/g, '');
}
