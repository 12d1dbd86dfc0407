import { setTimeout as delay } from 'node:timers/promises';
import { descriptorOf, type Blob } from './blob';
import type { Credentials } from './docker-config';
import { reasonOf } from './downloads';
import type { Reference } from './reference';

/** A registry refuses or cannot be reached. The message says all of it. */
export class RegistryError extends Error {}

interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What may go wrong by chance is tried again after these waits. */
const WAITS_MS = [500, 2000];
/** The largest layer over a slow line: 45 MB at 1 Mbit/s take six minutes. */
const REQUEST_MS = 600_000;

/** A repository in a registry, over the distribution API of OCI. */
export class Repository {
  private authorization: string | undefined;

  public constructor(
    private readonly reference: Reference,
    private readonly credentials: Credentials | undefined,
    private readonly waitsMs: readonly number[] = WAITS_MS,
  ) {}

  /** Whether the registry has a blob already. */
  public async hasBlob({ digest }: Blob): Promise<boolean> {
    const { status } = await this.send({ method: 'HEAD', url: this.url(`blobs/${digest}`) }, [200, 404], `look for ${digest}`);
    return status === 200;
  }

  /** Uploads a blob in one piece. */
  public async uploadBlob({ digest, content }: Blob): Promise<void> {
    const what = `upload ${digest}`;
    const { headers } = await this.send({ method: 'POST', url: this.url('blobs/uploads/') }, [202], what);
    const location = headers.get('location');
    if (location === null) throw new RegistryError(`${this.reference.registry}: cannot ${what}: the answer names no location`);
    const url = new URL(location, this.reference.url);
    url.searchParams.set('digest', digest);
    await this.send({ method: 'PUT', url: url.href, headers: { 'content-type': 'application/octet-stream' }, body: content }, [201], what);
  }

  /** Stores a manifest or an index under its digest, or under a tag too. */
  public async putManifest(manifest: Blob, name = manifest.digest): Promise<void> {
    const request = { method: 'PUT', url: this.url(`manifests/${name}`), headers: { 'content-type': manifest.mediaType }, body: manifest.content } as const;
    const { headers } = await this.send(request, [201], `store ${name}`);
    const digest = headers.get('docker-content-digest') ?? manifest.digest;
    if (digest !== manifest.digest) throw new RegistryError(`${this.reference.registry}: stored ${name} as ${digest}, expected ${manifest.digest}`);
  }

  private url(path: string): string {
    return `${this.reference.url}/v2/${this.reference.repository}/${path}`;
  }

  private async send(request: Request, expected: readonly number[], what: string): Promise<Response> {
    let response = await this.sendPatiently(request, what);
    if (response.status === 401) {
      this.authorization = await this.authorize(response, what);
      response = await this.sendPatiently(request, what);
    }
    if (expected.includes(response.status)) return response;
    throw new RegistryError(`${this.reference.registry}: cannot ${what}: ${await this.refusal(response)}`);
  }

  private async sendPatiently(request: Request, what: string): Promise<Response> {
    for (const waitMs of [...this.waitsMs, undefined]) {
      const answer = await this.sendOnce(request).catch(reasonOf);
      if (waitMs === undefined && typeof answer === 'string') throw new RegistryError(`${this.reference.registry}: cannot ${what}: ${answer}`);
      if (typeof answer !== 'string' && (waitMs === undefined || !isPassing(answer.status))) return answer;
      await delay(waitMs);
    }
    throw new Error('unreachable: the last try returns or throws');
  }

  private sendOnce({ method, url, headers, body }: Request): Promise<Response> {
    // An upload may go to another server, which must not learn who we are.
    const isOurs = new URL(url).origin === new URL(this.reference.url).origin;
    return fetch(url, {
      method,
      headers: { ...headers, ...(isOurs && this.authorization !== undefined && { authorization: this.authorization }) },
      ...(body && { body: new Uint8Array(body) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
  }

  /** Answers the challenge of a registry (distribution specification, token authentication). */
  private async authorize(refused: Response, what: string): Promise<string> {
    const challenge = refused.headers.get('www-authenticate') ?? '';
    if (/^basic/i.test(challenge) && this.credentials && 'user' in this.credentials) return basic(this.credentials);
    const realm = parameter(challenge, 'realm');
    if (!/^bearer/i.test(challenge) || realm === undefined)
      throw new RegistryError(`${this.reference.registry}: cannot ${what}: ${await this.refusal(refused)}`);
    const scope = `repository:${this.reference.repository}:pull,push`;
    const response = await this.requestToken(new URL(realm), { scope, service: parameter(challenge, 'service') ?? '' }).catch((error: unknown) => {
      throw new RegistryError(`${this.reference.registry}: cannot get a token from ${new URL(realm).host}: ${reasonOf(error)}`);
    });
    if (!response.ok) throw new RegistryError(`${this.reference.registry}: cannot get a token from ${new URL(realm).host}: ${await this.refusal(response)}`);
    const { token, access_token: accessToken } = (await response.json()) as { readonly token?: string; readonly access_token?: string };
    return `Bearer ${token ?? accessToken ?? ''}`;
  }

  private requestToken(realm: URL, about: { readonly scope: string; readonly service: string }): Promise<Response> {
    const { credentials } = this;
    const signal = AbortSignal.timeout(REQUEST_MS);
    if (credentials && 'identityToken' in credentials) {
      const form = new URLSearchParams({ ...about, grant_type: 'refresh_token', refresh_token: credentials.identityToken, client_id: 'cdk8s-agent-sandbox' });
      return fetch(realm, { method: 'POST', body: form, signal });
    }
    for (const [name, value] of Object.entries(about)) realm.searchParams.set(name, value);
    return fetch(realm, { headers: credentials ? { authorization: basic(credentials) } : {}, signal });
  }

  private async refusal(response: Response): Promise<string> {
    const text = (await response.text()).trim().slice(0, 300);
    const isAboutRights = response.status === 401 || response.status === 403;
    const remedy = this.credentials ? '; may this user push there?' : `; nobody has logged in: docker login ${this.reference.registry}`;
    return `the server answers ${response.status} ${response.statusText}${text && `: ${text}`}${isAboutRights ? remedy : ''}`;
  }
}

/** Uploads what a registry does not have yet, those pieces first that others name. The tag comes last, so that nobody ever sees half an image. */
export async function push(repository: Repository, { blobs, tag, say }: Push): Promise<void> {
  for (const blob of blobs) {
    if (!isManifest(blob)) {
      const isThere = await repository.hasBlob(blob);
      say(`${isThere ? 'is there ' : 'uploading'} ${blob.digest} ${(descriptorOf(blob).size / 1e6).toFixed(1)} MB`);
      if (!isThere) await repository.uploadBlob(blob);
    } else await repository.putManifest(blob, blob === blobs.at(-1) ? tag : undefined);
  }
}

/** What is pushed. */
interface Push {
  /** In the order of `blobsOf`. */
  readonly blobs: readonly Blob[];
  /** Of the last one. */
  readonly tag: string;
  readonly say: (text: string) => void;
}

const isManifest = ({ mediaType }: Blob): boolean => /\.(manifest|index)\.v1\+json$/.test(mediaType);
const isPassing = (status: number): boolean => status === 429 || status >= 500;
const parameter = (challenge: string, name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(challenge)?.[1];
const basic = ({ user, password }: { readonly user: string; readonly password: string }): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
