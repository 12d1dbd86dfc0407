/** One thing that is wrong with an object, as in `details.causes` of a Status. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export const required = (field: string, message?: string): Cause => ({
  reason: 'FieldValueRequired',
  message: message === undefined ? 'Required value' : `Required value: ${message}`,
  field,
});
export const invalid = (field: string, value: unknown, message: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${message}`,
  field,
});
export const wrongType = (field: string, value: unknown, message: string): Cause => ({
  ...invalid(field, value, message),
  reason: 'FieldValueTypeInvalid',
});
export const unsupported = (field: string, value: unknown, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`,
  field,
});
export const duplicate = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueDuplicate',
  message: `Duplicate value: ${JSON.stringify(value)}`,
  field,
});
export const forbidden = (field: string, message: string): Cause => ({ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field });
export const notFound = (field: string, value: unknown): Cause => ({
  reason: 'FieldValueNotFound',
  message: `Not found: ${JSON.stringify(value)}`,
  field,
});

/** What a Status says about the object that it is about. */
export interface Details {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly Partial<Cause>[];
  readonly retryAfterSeconds?: number;
}

/** A request that the server refuses; becomes the Status in the answer. */
export class Refusal extends Error {
  constructor(
    public readonly code: number,
    public readonly reason: string | undefined,
    message: string,
    public readonly details?: Details,
  ) {
    super(message);
  }

  /** The Status object, as the server writes it. */
  public status(): object {
    const { code, reason, message, details } = this;
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, ...(reason && { reason }), ...(details && { details }), code };
  }
}
