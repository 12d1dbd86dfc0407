import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';

/** Processor time of a process, and of the thread of it that runs JavaScript, in milliseconds since its start. */
export interface ProcessorTime {
  readonly processMs: number;
  readonly threadMs: number;
}

const ANNOUNCEMENT = /^Debugger listening on (ws:\/\/\S+)$/;
/** Of what is allocated one sample is taken every so many bytes. */
const BYTES_PER_SAMPLE = 16_384;
const PROCESSOR_TIME = `(({ user, system }, thread) => ({ processMs: (user + system) / 1000, threadMs: (thread.user + thread.system) / 1000 }))(process.cpuUsage(), process.threadCpuUsage())`;

/** Where a line of a Node.js process that was started with `--inspect` says that its inspector listens; undefined for any other line. */
export const inspectorUrlIn = (line: string): string | undefined => ANNOUNCEMENT.exec(line)?.[1];

/** Another process of Node.js, seen by its inspector. */
export class Inspector {
  private readonly waiting = new Map<number, { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }>();
  private calls = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => this.hear(String(data)));
    socket.addEventListener('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the process has closed its inspector'));
    });
  }

  public static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`no inspector answers at ${url}`)));
    });
    return new Inspector(socket);
  }

  /** What the process does while something else is done. */
  public async processorDuring(work: () => Promise<void>): Promise<Profiler.Profile> {
    await this.call('Profiler.enable');
    await this.call('Profiler.start');
    await work();
    const { profile } = (await this.call('Profiler.stop')) as Profiler.StopReturnType;
    return profile;
  }

  /** What the process allocates meanwhile, what is collected again included. */
  public async allocationsDuring(work: () => Promise<void>): Promise<HeapProfiler.SamplingHeapProfile> {
    const withGarbage = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
    await this.call('HeapProfiler.startSampling', { samplingInterval: BYTES_PER_SAMPLE, ...withGarbage });
    await work();
    const { profile } = (await this.call('HeapProfiler.stopSampling')) as HeapProfiler.StopSamplingReturnType;
    return profile;
  }

  public async processorTime(): Promise<ProcessorTime> {
    // What the expression is.
    return (await this.evaluate(PROCESSOR_TIME)) as ProcessorTime;
  }

  /** The value of an expression in the process; it must be one of JSON. */
  public async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.call('Runtime.evaluate', { expression, returnByValue: true })) as Runtime.EvaluateReturnType;
    if (exceptionDetails) throw new Error(`${exceptionDetails.exception?.description ?? exceptionDetails.text}, in: ${expression.slice(0, 80)}`);
    return result.value;
  }

  public close(): void {
    this.socket.close();
  }

  private call(method: string, params: object = {}): Promise<unknown> {
    const id = this.calls++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  private hear(text: string): void {
    // The protocol of the inspector: an answer has the id of its call, an event has none.
    const { id, result, error } = JSON.parse(text) as { readonly id?: number; readonly result?: unknown; readonly error?: { readonly message: string } };
    if (id === undefined) return;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
