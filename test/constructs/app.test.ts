import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, type AppProps, Chart, JsonPatch, Lazy, type ResolutionContext, YamlOutputType } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import fc from 'fast-check';
import { FastApp } from '../../src';
import { writtenFiles } from './written-files';

const outputs = mkdtempSync(join(tmpdir(), 'agent-sandbox-app-'));
afterAll(() => rmSync(outputs, { recursive: true }));

/** One construct: where it hangs (an earlier construct, modulo their number; 0 is the app), what it is called and what it is. */
interface Planned {
  readonly parent: number;
  readonly id: string;
  readonly what: 'chart' | 'chart with a toJson of its own' | 'group' | 'object';
  readonly kind: string;
  readonly name: string | undefined;
  readonly text: string;
  readonly problem: string | undefined;
}

/** A whole app: it can be built any number of times. */
interface Plan {
  readonly constructs: readonly Planned[];
  /** Who depends on whom, by number modulo their number. */
  readonly dependencies: readonly (readonly [number, number])[];
  /** Whether constructs outside of every chart may have dependencies too, which cdk8s refuses. */
  readonly strays: boolean;
  /** A construct that is removed and made again after others have come to depend on it. */
  readonly replaced: number | undefined;
  readonly props: AppProps;
}

class OwnChart extends Chart {
  public override toJson(): unknown[] {
    // The cast: cdk8s declares `any`.
    return [...(super.toJson() as unknown[]).reverse(), undefined, { kind: 'Own', metadata: { name: 'own/name' } }];
  }
}

const resolver = {
  resolve(context: ResolutionContext): void {
    if (context.value === 'word') context.replaceValue({ key: context.key.join('.'), of: context.obj.node.path });
  },
};

const late = (text: string): unknown => Lazy.any({ produce: () => [text, { text }, []] });
const spec = (text: string): unknown => ({ [text]: text, late: late(text), none: undefined, list: [[{}], text, 1.5] });

function make(planned: Planned, scope: Construct): Construct {
  const { what, id, name, kind, text } = planned;
  if (what === 'group') return new Construct(scope, id);
  if (what === 'chart') return new Chart(scope, id, { namespace: name, labels: { text }, disableResourceNameHashes: kind === 'B' });
  if (what !== 'object') return new OwnChart(scope, id);
  const object = new ApiObject(scope, id, { apiVersion: 'example.com/v1', kind, metadata: { name, annotations: { text } }, ...{ spec: spec(text) } });
  if (kind === 'Broken') object.addJsonPatch(JsonPatch.remove('/nothing/here'));
  if (kind === 'Patched') object.addJsonPatch(JsonPatch.replace('/metadata/name', 'patched'), JsonPatch.add('/spec/added', text));
  return object;
}

const isInChart = (construct: IConstruct): boolean => construct.node.scopes.some((above) => Chart.isChart(above));

/** An object needs a chart above it, and a child a name of its own: what cannot be made is left out. */
function build(plan: Plan, app: App): void {
  const made: Construct[] = [app];
  const pick = (index: number): Construct => made[index % made.length] ?? app;
  for (const planned of plan.constructs) {
    const scope = pick(planned.parent);
    const free = scope.node.tryFindChild(planned.id) === undefined;
    if (!free || (planned.what === 'object' && !isInChart(scope))) continue;
    const construct = make(planned, scope);
    if (planned.problem !== undefined) construct.node.addValidation({ validate: () => [`${planned.problem}`, 'and more'] });
    made.push(construct);
  }
  const ends = plan.strays ? made : made.filter(isInChart);
  const end = (index: number): Construct => ends[index % ends.length] ?? app;
  for (const [from, to] of ends.length > 0 ? plan.dependencies : []) {
    if (plan.strays || end(from) !== end(to)) end(from).node.addDependency(end(to));
  }
  const old = plan.replaced === undefined ? undefined : pick(plan.replaced);
  if (!old?.node.scope || !ApiObject.isApiObject(old)) return;
  const { scope, id } = old.node;
  scope.node.tryRemoveChild(id);
  new ApiObject(scope, id, { apiVersion: 'v1', kind: 'Replaced' });
}

const rarely = <T, U>(value: T, else_: U, weight: number): fc.Arbitrary<T | U> =>
  fc.oneof<fc.MaybeWeightedArbitrary<T | U>[]>({ weight: 1, arbitrary: fc.constant(value) }, { weight, arbitrary: fc.constant(else_) });

const planned: fc.Arbitrary<Planned> = fc.record({
  parent: fc.nat(15),
  id: fc.constantFrom('0', '10', '9', 'a', 'B', 'c d', 'e/f', 'Resource', 'long'.repeat(20)),
  what: fc.oneof(
    { weight: 20, arbitrary: fc.constant('object' as const) },
    { weight: 5, arbitrary: fc.constantFrom('group' as const, 'chart' as const) },
    { weight: 1, arbitrary: fc.constant('chart with a toJson of its own' as const) },
  ),
  kind: fc.oneof({ weight: 50, arbitrary: fc.constantFrom('A', 'B', 'CronJob', 'Odd/Kind', 'Patched') }, { weight: 1, arbitrary: fc.constant('Broken') }),
  name: fc.constantFrom(undefined, undefined, undefined, 'x', 'y', 'od/d:ä'),
  text: fc.constantFrom('word', '', 'no', 'two\nlines', '- x: #'),
  problem: rarely('is wrong', undefined, 100),
});

const plan: fc.Arbitrary<Plan> = fc.record({
  constructs: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    {
      weight: 40,
      arbitrary: fc.tuple(planned, fc.array(planned, { maxLength: 12, size: 'max' })).map(([first, rest]): Planned[] => [{ ...first, what: 'chart' }, ...rest]),
    },
  ),
  dependencies: fc.array(fc.tuple(fc.nat(15), fc.nat(15)), { maxLength: 4 }),
  strays: rarely(true, false, 20),
  replaced: fc.option(fc.nat(15), { nil: undefined, freq: 2 }),
  props: fc.record(
    {
      yamlOutputType: fc.constantFrom(
        YamlOutputType.FILE_PER_APP,
        YamlOutputType.FILE_PER_CHART,
        YamlOutputType.FILE_PER_RESOURCE,
        YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
      ),
      outputFileExtension: fc.constantFrom('.yaml', ''),
      recordConstructMetadata: fc.boolean(),
      resolvers: fc.constant([resolver]),
    },
    { requiredKeys: [] },
  ),
});

type AppClass = new (props: AppProps) => App;

/** What was written, and the error at the end if there was one. */
interface Outcome {
  readonly files: Readonly<Record<string, string>>;
  readonly error: string;
}

let count = 0;

function synthesized(kind: AppClass, { props, ...rest }: Plan): Outcome {
  const outdir = join(outputs, `${count++}`);
  const app = new kind({ ...props, outdir });
  build({ props, ...rest }, app);
  const error = errorOf(() => app.synth());
  return { files: writtenFiles(outdir), error };
}

function errorOf(work: () => void): string {
  try {
    work();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const isCycle = ({ error }: Outcome): boolean => error.startsWith('Dependency cycle detected');
const isOverflow = ({ error }: Outcome): boolean => error.startsWith('Maximum call stack');

/** Cdk8s overlooks a construct that depends on itself, and then loses it or runs out of stack. */
const hasLoop = (app: IConstruct): boolean => app.node.findAll().some((construct) => construct.node.dependencies.includes(construct));

function expectSame(given: Plan, stock: Outcome, fast: Outcome): void {
  const app = new App();
  build(given, app);
  if (hasLoop(app) && isCycle(fast)) return;
  if (isCycle(stock) || isOverflow(stock)) expect(isCycle(fast)).toBe(true);
  else expect(fast).toEqual(stock);
}

const runs = { numRuns: 200 };

test('any app is written into the same files as by cdk8s, or refused with the same error', () => {
  fc.assert(
    fc.property(plan, (given) => expectSame(given, synthesized(App, given), synthesized(FastApp, given))),
    runs,
  );
});

test('any app is written into the same text as by cdk8s, or refused with the same error', () => {
  const text = (kind: AppClass, given: Plan): Outcome => {
    const app = new kind(given.props);
    build(given, app);
    let text = '';
    const error = errorOf(() => (text = app.synthYaml()));
    return { files: { text }, error };
  };
  fc.assert(
    fc.property(plan, (given) => expectSame(given, text(App, given), text(FastApp, given))),
    runs,
  );
});

const ROOT = join(__dirname, '..', '..');
jest.mock('cdk8s-agent-sandbox', () => jest.requireActual<object>('../../src'), { virtual: true });

test.each(readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.ts')))('examples/%s is written as by cdk8s', async (file) => {
  const apps: App[] = [];
  const spies = [App, FastApp].map((kind) =>
    jest.spyOn(kind.prototype, 'synth').mockImplementation(function (this: App) {
      apps.push(this);
    }),
  );
  await import(join(ROOT, 'examples', file));
  spies.forEach((spy) => spy.mockRestore());
  expect(apps).not.toEqual([]);
  for (const app of apps) expect(FastApp.prototype.synthYaml.call(app)).toBe(App.prototype.synthYaml.call(app));
});

test('charts whose names are numbers come in the order of cdk8s', () => {
  const [stock, fast] = [new App(), new FastApp()].map((app) => {
    for (const scope of [new Construct(app, 'b'), new Construct(app, '1'), app])
      for (const id of ['a', '10', '2']) new ApiObject(new Chart(scope, id), 'x', { apiVersion: 'v1', kind: 'X' });
    return app.synthYaml();
  });
  expect(fast).toBe(stock);
});

describe('dependencies', () => {
  const thing = (scope: Construct, id: string): ApiObject => new ApiObject(scope, id, { apiVersion: 'v1', kind: 'Thing', metadata: { name: id } });
  const names = (app: App): readonly string[] => [...app.synthYaml().matchAll(/name: (.*)/g)].map(([, name]) => `${name}`);

  /** Groups of three objects, the first of which depends on the second, and so on: cdk8s walks 3 ** count paths. */
  const layers = (app: App, count: number): readonly string[] => {
    const chart = new Chart(app, 'chart');
    const groups = Array.from({ length: count }, (_, layer) => {
      const group = new Construct(chart, `layer${layer}`);
      for (const part of ['a', 'b', 'c']) thing(group, `${layer}${part}`);
      return group;
    });
    groups.forEach((group, layer) => group.node.addDependency(...groups.slice(layer + 1, layer + 2)));
    return groups.flatMap((_, layer) => ['a', 'b', 'c'].map((part) => `${count - 1 - layer}${part}`));
  };

  test('between six layers give the order of cdk8s', () => {
    const [stock, fast] = [new App(), new FastApp()];
    layers(stock, 6);
    expect(names(fast)).toEqual([]);
    expect(layers(fast, 6)).toEqual(names(stock));
    expect(fast.synthYaml()).toBe(stock.synthYaml());
  });

  test('between so many layers that no computer could walk each path give the same order', () => {
    const app = new FastApp();
    const expected = layers(app, 100);
    expect(names(app)).toEqual(expected);
  });

  test('in a chain longer than the stack are followed to its end', () => {
    const app = new FastApp();
    const chart = new Chart(app, 'chart');
    const chain = Array.from({ length: 15_000 }, (_, index) => thing(chart, `t${index}`));
    chain.forEach((link, index) => link.addDependency(...chain.slice(index + 1, index + 2)));
    expect(names(app)).toEqual(chain.map((_, index) => `t${chain.length - 1 - index}`));
  });

  test.each([
    ['a construct on itself', (a: IConstruct) => a.node.addDependency(a), 'chart/a => chart/a'],
    ['two objects on each other', (a: IConstruct, b: IConstruct) => (a.node.addDependency(b), b.node.addDependency(a)), 'chart/a => chart/b => chart/a'],
    [
      'objects on each other through a group',
      (a: IConstruct, b: IConstruct, group: IConstruct) => (a.node.addDependency(group), group.node.addDependency(b), b.node.addDependency(a)),
      'chart/group => chart/b => chart/a => chart/group',
    ],
    [
      'objects on each other through all objects of a group',
      (a: IConstruct, _b: IConstruct, group: IConstruct) => (a.node.addDependency(group), group.node.children[0]?.node.addDependency(a)),
      'chart/group/inner => chart/a => chart/group/inner',
    ],
  ])('in a circle are an error that names it: %s', (_what, depend, circle) => {
    const app = new FastApp();
    const chart = new Chart(app, 'chart');
    const group = new Construct(chart, 'group');
    thing(group, 'inner');
    depend(thing(chart, 'a'), thing(chart, 'b'), group);
    expect(() => void app.synthYaml()).toThrow(`Dependency cycle detected: ${circle}. Remove one of these dependencies.`);
  });
});
