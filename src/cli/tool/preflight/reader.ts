import type { HttpTransport } from '../../../runtime/http-transport';
import { causeOf, outcomeOf, type Outcome } from '../../../runtime/outcome';
import { ToolError } from '../subcommand';

/** A read came to nothing for a reason that is no finding of its own. */
export class UnreadableError extends Error {}

// The whole command should answer while somebody looks.
const DEADLINE_MS = 10_000;

/** Reads from the API server; never writes. */
export class Reader {
  constructor(private readonly transport: HttpTransport) {}

  /** Throws a ToolError when there is no API server that would answer. */
  public async reach(server: string): Promise<void> {
    const reply = await this.transport.read('/version', { traffic: 'background', deadlineMs: DEADLINE_MS });
    if (!reply.answered) throw new ToolError(`no answer from ${server}: ${reply.cause}`);
    if (reply.status === 401) throw new ToolError(`${server} does not accept these credentials; log in again, or choose another --context`);
  }

  /** What is no resource, as `/version`. Throws an UnreadableError. */
  public async read<T>(path: string): Promise<T> {
    const outcome = outcomeOf(await this.transport.read(path, { traffic: 'background', deadlineMs: DEADLINE_MS }));
    // The API server answers this path with this shape.
    return valueOf(outcome, path) as T;
  }
}

function valueOf<T>(outcome: Outcome<T>, what: string): T {
  if (outcome.result !== 'ok') throw new UnreadableError(`${what}: ${causeOf(outcome)}`);
  return outcome.value;
}
