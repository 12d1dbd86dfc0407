import { Yaml } from 'cdk8s';
import { canProvide, provide } from '../../cluster/build';
import type { Timings, Way } from './program';
import { sandbox } from './sandbox-spec';
import type { Run, Workbench } from './workbench';

/** One way to make many Sandboxes. */
export interface Contestant {
  readonly name: string;
  /** Why it cannot run here, if so. */
  readonly missing?: string;
  /** Makes what the contestant reads. Not measured. */
  prepare?(bench: Workbench, count: number): void;
  run(bench: Workbench, count: number): Promise<Run & Partial<Timings>>;
  /** The file that it writes. */
  readonly outputFile: string;
}

/** Runs a task of program.ts in a process of its own. */
export async function runProgram(bench: Workbench, task: string, way: Way, count: number): Promise<Run & Timings> {
  const run = await bench.run(process.execPath, ['test/bench/synth/program.js', task, way, `${count}`, 'dist']);
  // The cast: the program prints its Timings.
  return { ...run, ...(JSON.parse(run.output) as Timings) };
}

const program = (task: string, app: 'App' | 'FastApp'): Contestant => ({
  name: `${task} in ${app}`,
  run: (bench, count) => runProgram(bench, task, app, count),
  outputFile: 'dist/agents.k8s.yaml',
});

const goProgram = async (name: 'helm' | 'kustomize', contestant: (binary: string) => Omit<Contestant, 'name'>): Promise<Contestant> =>
  canProvide(name) ? { name, ...contestant(await provide(name)) } : { name, ...contestant(''), missing: 'needs Go >= 1.26, to be built from its module' };

/** One template, and the number as a value. */
const helm = () =>
  goProgram('helm', (binary) => ({
    prepare: (bench, count) => {
      bench.write('helm/Chart.yaml', 'apiVersion: v2\nname: agents\nversion: 1.0.0\n');
      bench.write('helm/values.yaml', `count: ${count}\n`);
      const template = Yaml.stringify(sandbox('{{ $number }}'));
      bench.write('helm/templates/sandboxes.yaml', `{{- range $number := until (int .Values.count) }}\n---\n${template}{{- end }}\n`);
    },
    run: (bench) => bench.run(binary, ['template', 'agents', 'helm', '--namespace', 'team-a'], 'helm.yaml'),
    outputFile: 'helm.yaml',
  }));

/** It has no loops, so it reads every Sandbox and sets the namespace. */
const kustomize = () =>
  goProgram('kustomize', (binary) => ({
    prepare: (bench, count) => {
      bench.write('kustomize/kustomization.yaml', 'resources: [sandboxes.yaml]\nnamespace: team-a\n');
      const documents = Array.from({ length: count }, (_, number) => Yaml.stringify(sandbox(number)));
      bench.write('kustomize/sandboxes.yaml', documents.join('---\n'));
    },
    run: (bench) => bench.run(binary, ['build', 'kustomize', '--output', 'kustomize.yaml']),
    outputFile: 'kustomize.yaml',
  }));

export const BARE = program('bare ApiObject', 'App');
export const BARE_FAST = program('bare ApiObject', 'FastApp');
export const STRICT = program('KubeSandbox', 'App');
export const STRICT_FAST = program('KubeSandbox', 'FastApp');
export const IMPORTED = program('cdk8s import', 'App');

/** Those that write the same bytes. */
export const BYTE_EQUAL = [BARE, BARE_FAST, STRICT, STRICT_FAST];

/** Everyone; builds Helm and kustomize first, once. */
export const contestants = async (): Promise<readonly Contestant[]> => [...BYTE_EQUAL, IMPORTED, await helm(), await kustomize()];
