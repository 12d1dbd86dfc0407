import type { Chart } from 'cdk8s';
import { sandboxSpec } from './sandbox-spec';

/** One program in a process of its own: `program.js <task> <way> <count> <folder>`. Prints the processor time of the task itself. */
export interface Timings {
  readonly taskMs: number;
}

/** A task loads what it needs and returns how it fills the chart with `count` of its things. */
type Task = () => Promise<(chart: Chart, count: number) => void>;

class Quantity {
  public constructor(public readonly value: number | string) {}
}
const quantity = (value: number | string) => new Quantity(value);

const TASKS: Readonly<Record<string, Task>> = {
  'bare ApiObject': async () => {
    const { ApiObject } = await import('cdk8s');
    return (chart, count) => {
      for (let i = 0; i < count; i++) {
        const object = { apiVersion: 'agents.x-k8s.io/v1beta1', kind: 'Sandbox', metadata: { name: `agent-${i}` }, spec: sandboxSpec(i) };
        new ApiObject(chart, `agent-${i}`, object);
      }
    };
  },
  KubeSandbox: async () => {
    const { KubeSandbox } = await import('cdk8s-agent-sandbox');
    return (chart, count) => {
      // The cast: the spec is typed as an object, because it is shared with contestants that have no types.
      for (let i = 0; i < count; i++) new KubeSandbox(chart, `agent-${i}`, { metadata: { name: `agent-${i}` }, spec: sandboxSpec(i) as never });
    };
  },
  'cdk8s import': async () => {
    const { KubeSandbox } = await import('../../../imports/agents.x-k8s.io');
    return (chart, count) => {
      // The cast: as above.
      for (let i = 0; i < count; i++) new KubeSandbox(chart, `agent-${i}`, { metadata: { name: `agent-${i}` }, spec: sandboxSpec(i, quantity) as never });
    };
  },
  AgentSandboxSystem: async () => {
    const { AgentSandboxSystem } = await import('cdk8s-agent-sandbox');
    return (chart) => void new AgentSandboxSystem(chart, 'system');
  },
  /** Layers of ten objects, each layer depending on the next. */
  layers: async () => {
    const { ApiObject } = await import('cdk8s');
    const { Construct } = await import('constructs');
    return (chart, count) => {
      const layers = Array.from({ length: count }, (_, layer) => new Construct(chart, `layer${layer}`));
      for (const layer of layers) for (let i = 0; i < 10; i++) new ApiObject(layer, `object${i}`, { apiVersion: 'v1', kind: 'ConfigMap' });
      layers.forEach((layer, index) => layer.node.addDependency(...layers.slice(index + 1, index + 2)));
    };
  },
};

/** How a chart becomes text, or only objects. */
export type Way = 'App' | 'FastApp' | 'toJson';

async function main([task = '', way = '', count = '', outdir = '']: readonly string[]): Promise<void> {
  const { App, Chart } = await import('cdk8s');
  const AppClass = way === 'FastApp' ? (await import('cdk8s-agent-sandbox')).FastApp : App;
  const fill = await TASKS[task]?.();
  if (!fill) throw new Error(`unknown task ${task}; there are ${Object.keys(TASKS).join(', ')}`);
  const before = process.cpuUsage();
  const app = new AppClass({ outdir });
  const chart = new Chart(app, 'agents', { namespace: 'team-a' });
  fill(chart, Number(count));
  if (way === 'toJson') chart.toJson();
  else app.synth();
  const used = process.cpuUsage(before);
  const timings: Timings = { taskMs: (used.user + used.system) / 1000 };
  process.stdout.write(JSON.stringify(timings));
}

void main(process.argv.slice(2));
