import { Agent, request, type RequestOptions } from 'node:https';

/** An API server and who asks it. */
export interface Endpoint {
  readonly url: string;
  /** Certificate of the authority that signed the server's own, in PEM form. */
  readonly ca: string;
  readonly token: string;
}

/** What the server answered, whatever the status. */
export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON body; the text itself when the answer is not JSON. */
  readonly body: unknown;
  /** Texts of the warnings that came with the answer. */
  readonly warnings: readonly string[];
}

/** One request to the server. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  /** A string goes as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long to wait for the answer, in milliseconds.
   *
   * @default 60000
   */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
// Connections must not keep a finished test run alive, so idle ones are dropped early.
const agent = new Agent({ keepAlive: true, timeout: 5000 });

/** Sends one request. Rejects only when there is no answer at all. */
export function apiRequest(endpoint: Endpoint, { method, path, body, headers, timeoutMs = TIMEOUT_MS }: ApiRequest): Promise<ApiResponse> {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const options: RequestOptions = {
    method,
    agent,
    ca: endpoint.ca,
    headers: {
      authorization: `Bearer ${endpoint.token}`,
      accept: 'application/json',
      ...(payload === undefined ? {} : { 'content-type': contentTypeOf(method), 'content-length': Buffer.byteLength(payload) }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint.url}${path}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = response.headers['content-type']?.startsWith('application/json') === true;
        const warnings = (response.headersDistinct.warning ?? []).map(warningText);
        resolve({ status: response.statusCode ?? 0, body: json ? (JSON.parse(text) as unknown) : text, warnings });
      });
    });
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`${method} ${path}: no answer within ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end(payload);
  });
}

/** RFC 7234: `299 - "text"`, quotes and backslashes in the text escaped. */
const warningText = (header: string): string => header.replace(/^299 - "(.*)"$/, '$1').replace(/\\(.)/g, '$1');

function contentTypeOf(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
