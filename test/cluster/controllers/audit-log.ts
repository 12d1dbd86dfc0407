import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** A finished request, as the API server's audit log has it. */
export interface Audited {
  readonly user: string;
  readonly verb: string;
  /** Plural, with the subresource: `sandboxes/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
  /** RBAC has refused it. */
  readonly isForbidden: boolean;
  /** When the server had received it and when it had answered it, in milliseconds since 1970; exact to a microsecond. */
  readonly receivedMs: number;
  readonly answeredMs: number;
}

interface Line {
  readonly user?: { readonly username?: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** What was asked of the API server from a moment on. */
export class AuditLog {
  private readonly start: number;

  constructor(private readonly file: string) {
    this.start = statSync(file).size;
  }

  /** The same log from this moment on. */
  public fromNow(): AuditLog {
    return new AuditLog(this.file);
  }

  /** Requests of everybody, in the order in which they finished. */
  public requests(): readonly Audited[] {
    return this.requestsIn((line) => line.endsWith('}'));
  }

  /** Requests of a user, in the order in which they finished. */
  public requestsOf(user: string): readonly Audited[] {
    return this.requestsIn((line) => line.includes(user) && line.endsWith('}')).filter((audited) => audited.user === user);
  }

  /** Writes of a user; what became of refused ones is in their status. */
  public writesOf(user: string): readonly Audited[] {
    return this.requestsOf(user).filter(isWrite);
  }

  private requestsIn(isWanted: (line: string) => boolean): readonly Audited[] {
    return this.text()
      .split('\n')
      .filter(isWanted)
      .map((line) => auditedOf(JSON.parse(line) as Line)); // One such event a line, by the audit policy of the harness.
  }

  private text(): string {
    const file = openSync(this.file, 'r');
    try {
      const bytes = Buffer.alloc(fstatSync(file).size - this.start);
      readSync(file, bytes, 0, bytes.length, this.start);
      return bytes.toString('utf8');
    } finally {
      closeSync(file);
    }
  }
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

export const isWrite = ({ verb }: Audited): boolean => WRITES.includes(verb);

function auditedOf({ user, verb, objectRef = {}, responseStatus, annotations = {}, requestReceivedTimestamp, stageTimestamp }: Line): Audited {
  const { resource = '', subresource, namespace = '', name = '' } = objectRef;
  return {
    user: user?.username ?? '',
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    status: responseStatus?.code ?? 0,
    isForbidden: annotations['authorization.k8s.io/decision'] === 'forbid',
    receivedMs: millisecondsOf(requestReceivedTimestamp),
    answeredMs: millisecondsOf(stageTimestamp),
  };
}

/** Date reads no more than three digits. */
function millisecondsOf(time: string): number {
  const [second = '', fraction = '0'] = time.replace('Z', '').split('.');
  return Date.parse(`${second}Z`) + Number(`0.${fraction}`) * 1000;
}
