/** Kubernetes keeps objects of its built-in kinds as values of Go types, and GitOps tools bring what was rendered into the same form before they compare. */

/** Whether a built-in kind stores `rendered` as `stored`: nothing for a zero value, and quantities in one canonical spelling. */
export function isStoredAs(rendered: unknown, stored: unknown): boolean {
  if (stored === undefined) return isZero(rendered);
  const quantity = quantityOf(rendered);
  return Object.is(rendered, stored) || (quantity !== undefined && quantity === quantityOf(stored));
}

/** A Secret stores the texts of `stringData` as base64 in `data`. */
export function withDataOfSecret(manifest: { readonly kind: string; readonly data?: object; readonly stringData?: Readonly<Record<string, string>> }): object {
  const { stringData, ...rest } = manifest;
  if (manifest.kind !== 'Secret' || stringData === undefined) return manifest;
  const data = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  return { ...rest, data: { ...rest.data, ...Object.fromEntries(data) } };
}

/** Whether a Go type leaves the value out: false, 0, an empty text or list, or an object of which nothing remains. */
function isZero(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.values(value).every(isZero) && !(Array.isArray(value) && value.length > 0) : !value;
}

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The number that a quantity such as 500m or 1Gi stands for, in billionths, rounded to whole ones. */
function quantityOf(value: unknown): number | undefined {
  const [, digits, unit = ''] = /^([0-9.]+)([numkMGTPE]|[KMGTPE]i)?$/.exec(String(value)) ?? [];
  if (digits === undefined) return undefined;
  return Math.round(Number(digits) * (unit.endsWith('i') ? 1024 ** BINARY.indexOf(unit) * 1e9 : 1000 ** DECIMAL.indexOf(unit)));
}
