/** What became of a claim, or of a Sandbox. */
export interface Claimed {
  readonly name: string;
  /** From the moment that was meant to be its beginning to what was waited for as its maker hears it, or to its failure. */
  readonly ms: number;
  /** Its Sandbox; a cold one has the name of the claim. */
  readonly sandbox?: string;
  readonly failure?: string;
}

/** How long somebody waits, and for the answer of one request. */
export const DEADLINE_MS = 120_000;

/** Who waits until a watch tells of an object. */
export class Waiting {
  private readonly tellers = new Map<string, (sandbox: string) => void>();

  /** Does something and waits until `tell` names the object. Never rejects. */
  public async time(name: string, act: () => Promise<unknown>, fromMs = performance.now()): Promise<Claimed> {
    let timer: NodeJS.Timeout | undefined;
    const told = new Promise<string>((resolve, reject) => {
      this.tellers.set(name, resolve);
      timer = setTimeout(() => reject(new Error('not Ready in time')), DEADLINE_MS);
    });
    try {
      const [sandbox] = await Promise.all([told, act()]);
      return { name, ms: performance.now() - fromMs, sandbox };
    } catch (error) {
      return { name, ms: performance.now() - fromMs, failure: String(error) };
    } finally {
      clearTimeout(timer);
      this.tellers.delete(name);
    }
  }

  public tell(name: string, sandbox: string): void {
    this.tellers.get(name)?.(sandbox);
  }
}
